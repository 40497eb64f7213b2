"""Every fault of an AWS client reaches the callers of the store as the domain's word, whichever method they call."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

import customers.store
from customers.domain.activity_log import ActivityEntry
from customers.domain.customers.profile import Profile
from customers.domain.erasure.plan import Erasure
from customers.domain.erasure.progress import ErasureProgress
from customers.domain.events.published import customer_verified
from customers.domain.events.recorded import Event
from customers.domain.export import Export, ExportJob, PendingExport
from customers.domain.facts.account import Account
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import Corrected, LedgerEntry, Merged
from customers.domain.facts.refused_facts import DeadLetter
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import Absorbed, combine
from customers.domain.identity.unmerge import separate
from customers.domain.identity.verification import Link, Verification
from customers.domain.refusals import OutcomeUnknown, Unavailable
from customers.domain.sessions import Identification, Identified, Session, Snapshot
from customers.domain.stats.customer_refs import Bucket, CustomerRef, Due, History
from customers.domain.stats.enterprise_totals import Period
from customers.store.activity_log.log import ActivityLog
from customers.store.answers_about_active import AnswersAboutActive
from customers.store.audit.rebuild import Rebuild
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.aws.invocation import Invocation
from customers.store.aws.load_parts import LoadParts
from customers.store.aws.objects import Objects
from customers.store.aws.queues import ChangeQueue, OverdrawnQueue, WorkQueue
from customers.store.aws.signing import SigningKey
from customers.store.aws.sms import SmsSender
from customers.store.aws.workflow import ErasureWorkflow, Workflow
from customers.store.client_errors import NoAnswer, NotSent, ServiceError, service_error
from customers.store.customers.batch_reader import BatchReader
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.profiles import Profiles
from customers.store.duplicates import DuplicateFinder
from customers.store.erasure.erasure_finder import ErasureFinder
from customers.store.erasure.erasures import Erasures
from customers.store.erasure.preview_counts import PreviewCounts
from customers.store.erasure.register import ErasureRegister
from customers.store.erasure.sweep_aliases import AliasesSweep
from customers.store.erasure.sweep_copies import CopiesSweep
from customers.store.erasure.sweep_files import FilesSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.erasure.sweep_refused_facts import RefusedFactsSweep
from customers.store.events.feed import Feed
from customers.store.events.feed_pages import FeedPages
from customers.store.events.outbox_publisher import OutboxPublisher
from customers.store.events.recorded_events import RecordedEvents
from customers.store.export.export_builder import ExportBuilder
from customers.store.export.export_files import ExportFiles
from customers.store.export.export_service import ExportService
from customers.store.export.export_source import ExportSource
from customers.store.export.exports import Exports
from customers.store.export.refused_facts_source import RefusedFactsSource
from customers.store.facts.ledger import Ledger
from customers.store.facts.own_entries import OwnEntries
from customers.store.idempotency import IdempotencyRecords
from customers.store.identity.corrections import Corrections
from customers.store.identity.distinctions import Distinctions
from customers.store.identity.merges import Merges
from customers.store.identity.unmerges import Leaving, Unmerges
from customers.store.identity.verification_requests import VerificationRequests
from customers.store.identity.verifications import Verifications
from customers.store.kept_settings import KeptSettings
from customers.store.refused_facts.pages import RefusedFactPages
from customers.store.refused_facts.refused_facts import RefusedFacts
from customers.store.refused_facts.sealed import SealingKey
from customers.store.registry import Registry
from customers.store.search import SearchIndex
from customers.store.sessions.sessions import Sessions
from customers.store.stats.enterprise_stats import EnterpriseStats
from customers.store.stats.pages import Pages
from customers.store.stats.reconciler import Reconciler
from tests.support.dynamodb.in_memory_client import InMemory
from tests.support.facts import LATER, LAYLA, NOON, OMAR, customer_fact, enterprise_fact
from tests.support.hash_keys import secret

pytestmark = pytest.mark.slow

REGION = "us-east-1"
STORE = Path(customers.store.__path__[0])


def client_error(code: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code, "Message": LAYLA}, "ResponseMetadata": metadata}, "AnyOperation")


def lean_error(code: str, status: int) -> ServiceError:
    return service_error(dict(client_error(code, status).response), "AnyOperation")


FAULTS: dict[str, Exception] = {
    "no connection": ConnectTimeoutError(endpoint_url="https://aws"),
    "no answer": ReadTimeoutError(endpoint_url="https://aws"),
    "throttled": client_error("ThrottlingException", 400),
    "internal error": client_error("InternalServerError", 500),
    "not sent, says the lean client": NotSent("ConnectionRefusedError"),
    "no answer, says the lean client": NoAnswer("TimeoutError"),
    "throttled, says the lean client": lean_error("ThrottlingException", 400),
    "internal error, says the lean client": lean_error("InternalServerError", 500),
}


class Aws:
    """Clients that all have one fault, and how often they were called."""

    def __init__(self) -> None:
        self.fault: Exception = FAULTS["no answer"]
        self.calls = 0

    @cache  # noqa: B019 - one for all tests, as the clients are
    def client(self, service: str) -> Any:
        made: Any = InMemory if service == "dynamodb" else partial(boto3.client, service, region_name=REGION)
        client = made()
        client.meta.events.register_first("before-call", self._fail)
        return client

    def _fail(self, **_: object) -> None:
        self.calls += 1
        raise self.fault


AWS = Aws()


@pytest.fixture(scope="module", autouse=True)
def credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield


PROFILE = Profile("usr_1", Phone(LAYLA), "QAR", provider_ids=("pos-1",))
OTHER = Profile("usr_2", Phone(OMAR), "QAR")
ACCOUNT = Account(PROFILE)
CROSSED = Account(replace(PROFILE, loose_ends=1))
ORDER = EventOrder(NOON, "cor_1")
CORRECTED = LedgerEntry(ORDER, "customer.corrected", Corrected("Leila", None))
MERGED = LedgerEntry(ORDER, "customer.merged", Merged("usr_2"))
GONE = Absorbed("usr_2", Phone(OMAR), NOON)
WHOLE = combine(ACCOUNT, Account(OTHER), ORDER)
LEFT = separate(WHOLE, GONE, {}, EventOrder(LATER, "umg_1"))
MOVED = Account(Profile("usr_1", Phone(OMAR), "QAR"))
KEY = IdempotencyKey("correct", "k", "f", NOON)
RECORD = IdempotencyRecord("f", 200, {}, None)
VERIFICATION, LINK = Verification("ver_1", Phone(LAYLA), NOON), Link("e", "usr_1", "ver_1")
ERASURE = Erasure("era_1", "usr_1", "VERIFIED", NOON, "erasing").carried_out("anonymized", "VERIFIED", NOON)
REF = CustomerRef("e", "usr_1")
PURCHASE = CustomerRef("e", "usr_1", "purchase#p-1")
VERIFIED = customer_verified("evt_1", "e", "usr_1", NOON)
SESSION = Session("ses_1", "b", NOON, None)
EVENT = Event("evt_1", "feedback", "usr_1", None, NOON, NOON, {})
DONE = Identification(SESSION, Identified("usr_1", Phone(LAYLA), NOON, Snapshot({}, 1, "")), (), True)
EXPORT = Export("exp_1", 1, NOON, 1, "0")


def db() -> Any:
    return AWS.client("dynamodb")


def job() -> SweepJob:
    return SweepJob("e", "era_1", "usr_1", "anonymized", NOON, ErasureProgress(ids=("usr_1", "usr_2")))


def jobs() -> SweepJobs:
    return SweepJobs(db(), "erasures", "records", secret)


def statements() -> OwnEntries:
    return OwnEntries(db(), "customers", "records", secret)


def requests() -> VerificationRequests:
    return VerificationRequests(db(), "records", "links", secret)


ENTRY = ActivityEntry("act_1", NOON, "search", "issuer", "subject", "jti", "request")


def activity_log() -> ActivityLog:
    return ActivityLog(db(), "activity", "records", 400)


def exporting() -> ExportService:
    by_id, exports = CustomersById(db(), "customers", "records"), Exports(db(), "records")
    return ExportService(by_id, exports, maker(), workflow())


def maker() -> ExportBuilder:
    by_id, exports = CustomersById(db(), "customers", "records"), Exports(db(), "records")
    objects = Objects(AWS.client("s3"), "bucket")
    return ExportBuilder(
        by_id, ExportSource(db(), "records"), exports, objects, lambda _held, _at: [], lambda *_, **__: {}
    )


def workflow() -> Workflow:
    return Workflow(AWS.client("stepfunctions"), "arn:aws:states:us-east-1:1:stateMachine:m")


def reconciled(_changes: object) -> dict[CustomerRef, Exception]:
    return {}


def derived() -> Reconciler:
    return Reconciler(db(), "derived", "customers", "records", "enterprises")


def pages() -> Pages:
    return Pages(db(), "derived", "records")


def rebuild() -> Rebuild:
    return Rebuild(db(), "customers", "records", "derived", secret)


def erasures() -> Erasures:
    return Erasures(db(), ("customers", "records", "receipts", "erasures"), secret)


def sealing_key() -> SealingKey:
    return SealingKey(AWS.client("kms"), "key")


def kept() -> RefusedFacts:
    codec = (lambda _: "e", lambda *_: None, lambda *_: None)
    tables = ("refused", "records", "enterprises")
    return RefusedFacts(db(), tables, secret, sealing_key(), codec, lambda *_: True)


def refused_facts() -> RefusedFactsSweep:
    tables = ("refused", "records", "enterprises")
    return RefusedFactsSweep(jobs(), tables, lambda *_: None, lambda *_: None)


def queue(kind: type[WorkQueue]) -> Any:
    return kind(AWS.client("sqs"), "https://sqs.us-east-1.amazonaws.com/1/q", "https://sqs.us-east-1.amazonaws.com/1/d")


def verifications() -> Verifications:
    return Verifications(db(), "customers", "records", "links", "receipts")


def unmerges() -> Unmerges:
    return Unmerges(db(), ("customers", "records", "receipts"), statements())


def parts() -> LoadParts:
    return LoadParts(AWS.client("s3"), "loads", AWS.client("sqs"), "https://sqs.us-east-1.amazonaws.com/1/q")


def events() -> RecordedEvents:
    return RecordedEvents(db(), "customers", "records", "receipts")


def sessions() -> Sessions:
    return Sessions(db(), "sessions", "customers", "records", "receipts")


def corrections() -> Corrections:
    return Corrections(db(), ("customers", "records", "receipts"), statements(), requests())


def merges() -> Merges:
    return Merges(db(), ("customers", "records", "receipts"), statements())


def outbox() -> OutboxPublisher:
    return OutboxPublisher(db(), "records", AWS.client("events"), "bus", feed())


def feed() -> Feed:
    return Feed(db(), "derived", "records")


def by_id() -> CustomersById:
    return CustomersById(db(), "customers", "records")


def current() -> BatchReader:
    return BatchReader(db(), "customers", "records")


def files() -> ExportFiles:
    return ExportFiles(AWS.client("s3"), "bucket")


def written() -> None:
    with Objects(AWS.client("s3"), "bucket").writing("e/usr_1/exp_1.zip"):
        pass


CALLS: dict[str, Callable[[], object]] = {
    "AliasesSweep.left": lambda: list(AliasesSweep(jobs(), "customers", "records", "links").left(job())),
    "AliasesSweep.pages": lambda: list(AliasesSweep(jobs(), "customers", "records", "links").pages(job())),
    "ChangeQueue.keep": lambda: queue(ChangeQueue).keep([REF]),
    "CopiesSweep.left": lambda: list(CopiesSweep(jobs(), {"answers": "receipts"}, "derived", reconciled).left(job())),
    "CopiesSweep.pages": lambda: list(CopiesSweep(jobs(), {"answers": "receipts"}, "derived", reconciled).pages(job())),
    "Corrections.correct": lambda: corrections().correct("e", ACCOUNT, ACCOUNT, CORRECTED, None, KEY, RECORD, 9),
    "Corrections.correct a phone": lambda: corrections().correct(
        "e", ACCOUNT, MOVED, CORRECTED, VERIFICATION, KEY, RECORD, 9
    ),
    "Corrections.find": lambda: corrections().find("e", "usr_1"),
    "AnswersAboutActive.find": lambda: AnswersAboutActive(
        IdempotencyRecords(db(), "receipts", "records"), by_id()
    ).find("e", KEY),
    "BatchReader.absorbed_phones": lambda: current().absorbed_phones([REF]),
    "BatchReader.balances": lambda: current().balances([REF]),
    "BatchReader.customers": lambda: current().customers([REF]),
    "BatchReader.pointed_to": lambda: current().pointed_to({REF: {"phone": {"S": LAYLA}}}),
    "ActivityLog.note": lambda: activity_log().note("e", ENTRY),
    "ActivityLog.of_customer": lambda: list(activity_log().of_customer("e", "usr_1")),
    "ActivityLog.page": lambda: activity_log().page("e", None, 9, None, NOON),
    "BatchReader.transactions": lambda: current().transactions([PURCHASE]),
    "CustomersById.absorbed": lambda: by_id().absorbed("e", "usr_1", 9),
    "CustomersById.find": lambda: by_id().find("e", "usr_1"),
    "CustomersById.history": lambda: by_id().history("e", ["usr_1"], 9, None),
    "CustomersById.is_there": lambda: by_id().is_there("e", "usr_1"),
    "CustomersById.open_grants": lambda: by_id().open_grants("e", ["usr_1"], NOON, 9),
    "CustomersById.parts": lambda: by_id().parts("e", "usr_1", 1),
    "Feed.take": lambda: feed().take("e", "0", [{"pk": {"S": "e#usr_1"}, "sk": {"S": "outbox#1"}}]),
    "FeedPages.page": lambda: FeedPages(db(), "derived").page("e", None, 100, NOON),
    "Pages.bucket_page": lambda: pages().bucket_page(Bucket("e", "00")),
    "Pages.due_buckets": lambda: pages().due_buckets(Due("e", "2026-06-05")),
    "Pages.due_page": lambda: pages().due_page(Due("e", "2026-06-05", "0")),
    "Pages.history_page": lambda: pages().history_page(History("e", "usr_1")),
    "Reconciler.reconcile": lambda: derived().reconcile([REF, PURCHASE]),
    "ErasureRegister.find": lambda: ErasureRegister(db(), "erasures").find("e", "era_1"),
    "ErasureRegister.page": lambda: ErasureRegister(db(), "erasures").page("e", None, 9, None),
    "ErasureFinder.find": lambda: ErasureFinder(db(), "erasures").find("e", "era_1"),
    "ErasureWorkflow.start": lambda: ErasureWorkflow(
        AWS.client("stepfunctions"), "arn:aws:states:us-east-1:1:stateMachine:m"
    ).start("e", ERASURE),
    "Erasures.account": lambda: erasures().account("e", "usr_1"),
    "Erasures.erase": lambda: erasures().erase("e", ACCOUNT, ERASURE, KEY, RECORD),
    "WaitingErasures.begin": lambda: erasures().waiting.begin("e", ACCOUNT, ERASURE, KEY, RECORD),
    "WaitingErasures.expire": lambda: erasures().waiting.expire("e", ERASURE),
    "WaitingErasures.find": lambda: erasures().waiting.find("e", "usr_1"),
    "WaitingErasures.join": lambda: erasures().waiting.join("e", ERASURE, "era_2"),
    "WaitingErasures.note": lambda: erasures().waiting.note("e", ACCOUNT, KEY, RECORD),
    "Erasures.find": lambda: erasures().find("e", "era_1"),
    "Invocation.run": lambda: Invocation(AWS.client("lambda"), "lookup").run({}),
    "DerivedKeys.key": lambda: DerivedKeys("key", AWS.client("kms")).key("pseudonyms#e"),
    "Erasures.absorbed": lambda: erasures().absorbed("e", replace(PROFILE, absorbed=1)),
    "Erasures.erased_ids": lambda: erasures().erased_ids("e", "era_1", "usr_1"),
    "Erasures.erased_by": lambda: erasures().erased_by("e", "usr_1"),
    "Erasures.has_books": lambda: erasures().has_books("e", PROFILE),
    "RecordedEvents.record": lambda: events().record("e", Phone(LAYLA), EVENT, KEY, RECORD),
    "ExportService.obtain": lambda: exporting().obtain("e", "usr_1", NOON),
    "Exports.finish": lambda: Exports(db(), "records").finish(PendingExport("exp_1", "e", PROFILE, NOON), EXPORT),
    "Exports.latest": lambda: Exports(db(), "records").latest("e", "usr_1"),
    "Exports.prepare": lambda: Exports(db(), "records").prepare("e", "usr_1", "job_1", ExportJob("job_0")),
    "ExportFiles.abort": lambda: files().abort({"Key": "e/usr_1/exp_1.zip", "UploadId": "1"}),
    "ExportFiles.remove": lambda: files().remove([{"Key": "e/usr_1/exp_1.zip", "VersionId": "null"}]),
    "ExportFiles.remove_all": lambda: files().remove_all("e", ["usr_1"]),
    "ExportFiles.uploads": lambda: list(files().uploads("e/usr_1/")),
    "ExportFiles.versions": lambda: list(files().versions("e/usr_1/")),
    "FilesSweep.left": lambda: list(FilesSweep(jobs(), files()).left(job())),
    "FilesSweep.pages": lambda: list(FilesSweep(jobs(), files()).pages(job())),
    "HistorySweep.left": lambda: list(HistorySweep(jobs(), "records").left(job())),
    "HistorySweep.pages": lambda: list(HistorySweep(jobs(), "records").pages(job())),
    "HistorySweep.rows": lambda: list(HistorySweep(jobs(), "records").rows(job(), "usr_1")),
    "ExportSource.at_once": lambda: ExportSource(db(), "records").at_once("e", PROFILE),
    "ExportSource.in_pages": lambda: list(ExportSource(db(), "records").in_pages("e", PROFILE).ledger),
    "IdempotencyRecords.find": lambda: IdempotencyRecords(db(), "receipts", "records").find("e", KEY),
    "PreviewCounts.count": lambda: PreviewCounts(db(), "records", "receipts").count("e", PROFILE, NOON),
    "SweepJobs.commit": lambda: jobs().commit(job(), job()),
    "SweepJobs.fail": lambda: jobs().fail("e", "era_1"),
    "SweepJobs.finish": lambda: jobs().finish(job(), "receipt"),
    "SweepJobs.read": lambda: jobs().read("e", "era_1"),
    "SweepJobs.receipt_of": lambda: jobs().receipt_of("e", "era_1"),
    "Ledger.post": lambda: Ledger(db(), "customers", "records", "derived", secret).post(
        [customer_fact("balance.topped_up", "e", fact_id=f"fact-{number}") for number in range(10)]
    ),
    "Ledger.ahead": lambda: Ledger(db(), "customers", "records", "derived", secret).ahead(
        [[customer_fact("balance.topped_up", "e", about=about)] for about in (LAYLA, OMAR)]
    ),
    "KeptSettings.of": lambda: KeptSettings(Registry(db(), "enterprises")).of("e"),
    "KeptSettings.post": lambda: KeptSettings(Registry(db(), "enterprises")).post(
        enterprise_fact("enterprise.configured", "e")
    ),
    "RefusedFactPages.page": lambda: RefusedFactPages(db(), "refused").page("e", 9, None, NOON),
    "RefusedFacts.keep": lambda: kept().keep(DeadLetter("m-1", "{}", "reason", NOON)),
    "SealingKey.open": lambda: sealing_key().open({"sealed_key": {"B": b"k"}, "sealed": {"B": b"s"}}),
    "SealingKey.seal": lambda: sealing_key().seal("text"),
    "RefusedFactsSource.of": lambda: list(
        RefusedFactsSource(db(), ("refused", "records", "enterprises"), secret, lambda *_: None).of(
            "e", PROFILE, [], [], own_list=True
        )
    ),
    "RefusedFactsSweep.left": lambda: list(refused_facts().left(job())),
    "RefusedFactsSweep.pages": lambda: list(refused_facts().pages(job())),
    "ExportBuilder.at_once": lambda: maker().at_once("e", PROFILE, NOON),
    "ExportBuilder.carry_out": lambda: maker().carry_out("e", "usr_1", "job_1", NOON),
    "Merges.find": lambda: merges().find("e", "usr_1"),
    "Merges.with_crossing": lambda: merges().with_crossing("e", CROSSED, ACCOUNT),
    "Merges.merge": lambda: merges().merge("e", ACCOUNT, Account(OTHER), ACCOUNT, MERGED, KEY, RECORD),
    "Objects.remove": lambda: Objects(AWS.client("s3"), "bucket").remove("e/usr_1/exp_1.zip"),
    "Objects.writing": written,
    "OutboxPublisher.customers": lambda: list(outbox().customers()),
    "OutboxPublisher.publish": lambda: outbox().publish([REF]),
    "OverdrawnQueue.watch": lambda: queue(OverdrawnQueue).watch([REF], 60),
    "Profiles.find": lambda: Profiles(db(), "customers").find("e", Phone(LAYLA)),
    "Profiles.find by provider id": lambda: Profiles(db(), "customers").find("e", ProviderId("pos-1")),
    "Rebuild.compare": lambda: rebuild().compare("e", "usr_1", "QAR"),
    "Rebuild.customer_ids": lambda: list(rebuild().customer_ids("e")),
    "Rebuild.knows": lambda: rebuild().knows("e", "usr_1"),
    "Rebuild.mend": lambda: rebuild().mend("e", "usr_1", "QAR"),
    "Rebuild.windows": lambda: list(rebuild().windows("e")),
    "Registry.enterprises": lambda: list(Registry(db(), "enterprises").enterprises()),
    "Registry.post": lambda: Registry(db(), "enterprises").post(enterprise_fact("enterprise.configured", "e")),
    "Registry.scope": lambda: Registry(db(), "enterprises").scope("e", "m", "b"),
    "Registry.settings": lambda: Registry(db(), "enterprises").settings("e"),
    "SearchIndex.read": lambda: SearchIndex(db(), "derived", "customers").read("e", "word#la", None, 9),
    "Sessions.find": lambda: sessions().find("e", "b", "ses_1", NOON),
    "Sessions.identify": lambda: sessions().identify("e", DONE, KEY, RECORD),
    "Sessions.open": lambda: sessions().open("e", SESSION, KEY, RECORD),
    "SigningKey.jwk": lambda: SigningKey(AWS.client("kms"), "key").jwk,
    "SigningKey.sign": lambda: SigningKey(AWS.client("kms"), "key").sign({}),
    "OwnEntries.account": lambda: statements().account("e", "usr_1"),
    "OwnEntries.with_crossing": lambda: statements().with_crossing("e", CROSSED),
    "OwnEntries.writes": lambda: statements().writes("e", ACCOUNT, MOVED, CORRECTED),
    "EnterpriseStats.customer_days": lambda: EnterpriseStats(db(), "derived").customer_days("e", NOON.date()),
    "EnterpriseStats.days": lambda: EnterpriseStats(db(), "derived").days("e", Period(NOON.date(), LATER.date()), None),
    "EnterpriseStats.locked": lambda: EnterpriseStats(db(), "derived").locked("e", NOON),
    "Distinctions.say": lambda: Distinctions(db(), "records", "receipts").say("e", ("usr_1", "usr_2"), KEY, RECORD),
    "DuplicateFinder.find": lambda: DuplicateFinder(db(), "customers", "records", "derived").find("e", PROFILE),
    "LoadParts.send": lambda: parts().send("load/000.jsonl"),
    "EnterpriseStats.totals": lambda: EnterpriseStats(db(), "derived").totals("e"),
    "SmsSender.send": lambda: SmsSender(AWS.client("sns")).send(Phone(LAYLA), "text"),
    "VerificationRequests.writes": lambda: requests().writes("e", "usr_1", VERIFICATION, NOON, 9),
    "Unmerges.find": lambda: unmerges().find("e", "usr_1"),
    "Unmerges.holdings": lambda: unmerges().holdings("e", Account(PROFILE, {"provider_id#pos-1": "s"})),
    "Unmerges.leaving": lambda: unmerges().leaving("e", "usr_1", ["usr_2"]),
    "Unmerges.unmerge": lambda: unmerges().unmerge("e", WHOLE, LEFT, Leaving((GONE,), ()), {}, KEY, RECORD),
    "Verifications.add_link": lambda: verifications().add_link("0", LINK, LATER),
    "Verifications.awaited": lambda: verifications().awaited(LINK),
    "Verifications.link": lambda: verifications().link("0", NOON),
    "Verifications.mark_sent": lambda: verifications().mark_sent(LINK),
    "Verifications.use": lambda: verifications().use(
        "0", LINK, NOON, [], customer_verified("evt_1", "e", "usr_1", NOON)
    ),
    "WorkQueue.hide": lambda: queue(ChangeQueue).hide("r", 1),
    "WorkQueue.defer": lambda: queue(ChangeQueue).defer("r", 1),
    "WorkQueue.refuse": lambda: queue(ChangeQueue).refuse("body", "reason"),
    "WorkQueue.send": lambda: queue(ChangeQueue).send("body"),
    "Workflow.run": lambda: workflow().run("job_1", {}),
}
NO_REQUEST = {"Objects.link", "Rebuild.within", "TenantCredentials.current"}
"""The last is asked while a request is signed, and that names its faults: `test_tenant_credentials.py`."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_every_fault_has_the_domains_word(call: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AWS, "fault", FAULTS[fault])
    monkeypatch.setattr(AWS, "calls", 0)
    if call in ("Reconciler.reconcile", "OutboxPublisher.publish"):
        # These return what failed, and why.
        outcome = CALLS[call]()
        assert isinstance(outcome, Mapping)
        assert {isinstance(error, Unavailable) for error in outcome.values()} == {True}
    else:
        with pytest.raises(Unavailable):
            CALLS[call]()
    # The caller has the answer after one request: nothing tries again at once.
    assert AWS.calls == 1


WRITES = (
    "Corrections.correct",
    "Registry.post",
    "Sessions.open",
    "Verifications.add_link",
    "WorkQueue.send",
    "SmsSender.send",
)


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("no answer", OutcomeUnknown),
        ("throttled", Unavailable),
        ("no answer, says the lean client", OutcomeUnknown),
        ("internal error, says the lean client", OutcomeUnknown),
        ("throttled, says the lean client", Unavailable),
        ("not sent, says the lean client", Unavailable),
    ],
)
@pytest.mark.parametrize("call", WRITES)
def test_a_write_without_an_answer_may_have_been_carried_out(
    call: str, fault: str, word: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AWS, "fault", FAULTS[fault])
    with pytest.raises(Unavailable) as raised:
        CALLS[call]()
    assert type(raised.value) is word


def stores() -> Iterator[type]:
    """Every public class of the store that has a client: those that connect, and `Rebuild`."""
    for found in pkgutil.walk_packages([str(STORE)], "customers.store."):
        module = importlib.import_module(found.name)
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if (
                kind.__module__ == found.name
                and not name.startswith("_")
                and (hasattr(kind, "connect") or kind is Rebuild)
            ):
                yield kind


def test_no_method_of_a_store_is_forgotten() -> None:
    methods = {
        f"{kind.__name__}.{name}"
        for kind in stores()
        for name, member in vars(kind).items()
        if not name.startswith("_") and name != "connect" and (callable(member) or hasattr(member, "func"))
    }
    assert methods
    assert methods - {call.partition(" ")[0] for call in CALLS} == NO_REQUEST


def test_only_one_package_calls_dynamodb_and_every_call_of_a_client_names_its_faults() -> None:
    """A client is whatever has the name `client`, `_client`, `_sqs` or `_events`."""
    unnamed = []
    for path in sorted(STORE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        named = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.With) and any("named_faults" in ast.unparse(item) for item in block.items)
            for node in ast.walk(block)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and OPERATION.fullmatch(ast.unparse(node.func)) and id(node) not in named:
                unnamed.append(f"{path.relative_to(STORE)}: {ast.unparse(node.func)}")
    assert unnamed == [*OWN, *LAZY]


OWN = ["dynamodb/tenant_credentials.py: self._client.assume_role"]
"""It says NotSent: the request that needs the credentials has not begun."""
OPERATION = re.compile(r"(self\.)?_?(client|sqs|events)\.(?!exceptions|meta|generate_presigned_url)\w+")
LAZY = ["export/export_files.py: self._client.get_paginator"] * 2
"""A paginator calls nothing before its first page, which is read with its faults named."""
