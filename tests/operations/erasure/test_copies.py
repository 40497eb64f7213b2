"""Copies of a customer's data: a row leads to each of them, and none is written about somebody who is erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.catalogue.every import OPERATIONS
from customers.domain.identity.verification import Link
from customers.domain.refusals import Conflict
from customers.store.activity_log import log as activity_log
from customers.store.aws.signing import SigningKey
from customers.store.customers.copy_leads import PARTITION, leads
from customers.store.dynamodb import transactions
from customers.store.erasure.waiting_erasures import WaitingErasures
from customers.store.export.exports import Exports
from tests.operations.conftest import LAYLA, MONEY, Clock, Shop
from tests.support.dynamodb import in_memory
from tests.support.erasure.copies import TABLES, counted, unled
from tests.support.erasure.erasing import erase, settled_layla
from tests.support.erasure.sweeping import BUCKET, Workflow
from tests.support.http.gateway import Reply, call
from tests.support.identity.verifying import ask, asked, verifications
from tests.support.recording import id_of, record
from tests.support.sessions import OMAR, identify, open_session

pytestmark = pytest.mark.slow

WORDS = "Layla called, ticket 4711"
REASON = {"Audit-Reason": WORDS}


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient, bucket: S3Client) -> str:
    return settled_layla(shop, tables)


@pytest.fixture
def workflow(tables: DynamoDBClient, bucket: S3Client) -> Workflow:
    kms = boto3.client("kms", region_name="us-east-1")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    bucket.create_bucket(Bucket=BUCKET)
    return Workflow(tables, SigningKey(kms, key), bucket)


def officer(shop: Shop, method: str, path: str, query: str = "", body: Any = None, key: str = "k") -> Reply:
    may = shop.admin(*(each.permission for each in OPERATIONS if each.permission))
    return call(method, path, query, may, headers={**REASON, "Idempotency-Key": key}, body=body)


def link_sent(tables: DynamoDBClient, shop: Shop, customer_id: str, phone: str) -> None:
    verification = asked(phone)
    ask(tables, shop.enterprise, customer_id, verification)
    link = Link(shop.enterprise, customer_id, verification.id)
    verifications(tables).add_link(f"hash-{verification.id}", link, datetime.now(UTC) + timedelta(hours=24))


def a_day(shop: Shop, tables: DynamoDBClient, layla: str) -> str:
    """Every operation that copies something of a customer, twice or more; the id of who is absorbed at the end."""
    shop.told("promo.granted", OMAR, grant_id="g", amount_minor=1, **MONEY)
    omar = id_of(tables, shop, OMAR)
    record(shop)
    for name in ("order-1", "order-2"):
        session = open_session(shop, {"basket_reference": name}).data["session_id"]
        for _ in range(2):
            assert identify(shop, session).status == 200
    for path in ("context", "export"):
        assert officer(shop, "GET", f"/customers/{layla}/{path}").status == 200
    assert officer(shop, "PATCH", f"/customers/{layla}", body={"name": "Layla Haddad"}).status == 200
    assert officer(shop, "PATCH", f"/customers/{layla}", body={"pho": "x"}, key="k2").status == 400
    assert officer(shop, "DELETE", f"/customers/{layla}", "dry_run=true").status == 200
    link_sent(tables, shop, layla, LAYLA)
    merging = {"absorbed_customer_id": omar}
    for more, key in (({"validate_only": True}, "m1"), ({}, "m2"), ({}, "m2")):
        assert officer(shop, "POST", f"/customers/{layla}/merge", "", {**merging, **more}, key).status == 200
    return omar


def test_a_row_leads_to_every_copy_and_outlives_it(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    a_day(shop, tables, layla)
    found = counted(shop.enterprise)
    # Of a merge there are two customers in the log: its preview, itself and its replay.
    assert found == {"answers": 9, "sessions": 2, "links": 1, "activity": 11}
    assert unled(shop.enterprise) == []


@pytest.mark.parametrize("module", ["idempotency", "sessions.sessions", "identity.verifications", "activity_log.rows"])
def test_a_copy_without_such_a_row_is_noticed(
    shop: Shop, tables: DynamoDBClient, layla: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(table: str, enterprise: str, customer_id: str, *more: Any) -> Any:
        from customers.store.customers.copy_leads import lead

        return lead(table, enterprise, f"{customer_id}-of-nobody", *more)

    monkeypatch.setattr(f"customers.store.{module}.lead", elsewhere)
    a_day(shop, tables, layla)
    assert unled(shop.enterprise) != []


def test_the_sweep_takes_every_copy_with_its_row(
    shop: Shop, tables: DynamoDBClient, layla: str, workflow: Workflow
) -> None:
    """Of the absorbed customer too, and a session that two rows lead to."""
    omar = a_day(shop, tables, layla)
    erased = erase(shop, layla)
    assert erased.status == 200
    job = workflow.run(shop.enterprise, erased.data["erasure_id"])
    assert counted(shop.enterprise) == {}
    assert [row for each in (layla, omar) for row in leads(tables, "ReceiptsTable", shop.enterprise, each)] == []
    assert WORDS not in json.dumps([in_memory.rows_of(table, shop.enterprise) for table in TABLES.values()])
    taken = job.progress.by_store()
    assert (taken["sessions"]["removed"]["count"], taken["links"]["removed"]["count"]) == (2, 1)


def test_no_operation_has_the_name_of_their_partition() -> None:
    assert PARTITION not in {each.name for each in OPERATIONS}


def test_a_row_costs_no_request_more(shop: Shop, layla: str, requests: list[str]) -> None:
    requests.clear()
    record(shop)
    assert requests == ["GetItem", "GetItem", "TransactWriteItems"]
    requests.clear()
    assert officer(shop, "GET", f"/customers/{layla}/context").status == 200
    # The pointer, for the words; then the entry, its row and the check in one.
    assert requests[-2:] == ["GetItem", "TransactWriteItems"]


# ------------------------------------------------------------------- what is written while somebody is erased


@pytest.fixture
def erased_between(
    shop: Shop, tables: DynamoDBClient, layla: str, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], None]:
    """Has the customer erased, swept and sealed after a function has read and before what it says is written."""

    def between(module: str, name: str) -> None:
        right, done = getattr(__import__(module, fromlist=[name]), name), list[str]()

        def read(*args: Any, **named: Any) -> Any:
            found = right(*args, **named)
            if not done:
                done.append("now")
                reply = erase(shop, layla)
                assert reply.status == 200, reply.body
                workflow.run(shop.enterprise, reply.data["erasure_id"])
            return found

        monkeypatch.setattr(f"{module}.{name}", read)

    return between


def test_words_about_who_is_erased_between_the_read_and_the_entry_are_not_kept(
    shop: Shop, layla: str, erased_between: Callable[[str, str], None]
) -> None:
    erased_between(activity_log.__name__, "if_unerased")
    assert officer(shop, "GET", f"/customers/{layla}/context").status == 200
    rows = in_memory.rows_of("ActivityTable", shop.enterprise)
    assert [row["operation"]["S"] for row in rows if row["operation"]["S"] == "context"] == ["context"]
    assert WORDS not in json.dumps(rows)
    assert unled(shop.enterprise) == []


def test_words_about_two_customers_go_with_either(
    shop: Shop, tables: DynamoDBClient, layla: str, workflow: Workflow
) -> None:
    """The preview of a merge names both, and they stay two."""
    shop.told("promo.granted", OMAR, grant_id="g", amount_minor=1, **MONEY)
    omar = id_of(tables, shop, OMAR)
    preview = {"absorbed_customer_id": omar, "validate_only": True}
    assert officer(shop, "POST", f"/customers/{layla}/merge", "", preview).status == 200
    assert WORDS in call("GET", "/activity", "", shop.admin("activity:READ")).text
    erased = erase(shop, omar)
    assert erased.status == 200
    assert WORDS not in call("GET", "/activity", "", shop.admin("activity:READ")).text
    workflow.run(shop.enterprise, erased.data["erasure_id"])
    assert WORDS not in json.dumps(in_memory.rows_of("ActivityTable", shop.enterprise))
    assert officer(shop, "POST", f"/customers/{layla}/merge", "", preview, "k2").status != 200
    assert WORDS in json.dumps(in_memory.rows_of("ActivityTable", shop.enterprise))


def test_no_link_is_kept_about_who_is_erased_before_it_is_sent(
    shop: Shop, tables: DynamoDBClient, layla: str, workflow: Workflow
) -> None:
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, layla, verification)
    workflow.run(shop.enterprise, erase(shop, layla).data["erasure_id"])
    link = Link(shop.enterprise, layla, verification.id)
    with pytest.raises(Conflict):
        verifications(tables).add_link("hash", link, datetime.now(UTC) + timedelta(hours=24))
    assert counted(shop.enterprise) == {}


def test_an_export_is_not_begun_about_who_is_erased_meanwhile(
    shop: Shop, tables: DynamoDBClient, layla: str, workflow: Workflow
) -> None:
    workflow.run(shop.enterprise, erase(shop, layla).data["erasure_id"])
    with pytest.raises(Conflict):
        Exports(tables, "RecordsTable").prepare(shop.enterprise, layla, "job-1", None)


def test_a_second_request_to_erase_leaves_no_words_about_who_is_erased_meanwhile(
    shop: Shop, tables: DynamoDBClient, layla: str, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure waits for money; it is settled and swept while a second request is about to be answered."""
    shop.settings = replace(shop.settings, erasure_policy="escalate")
    shop.told("balance.topped_up", LAYLA, amount_minor=5, **MONEY)
    path = f"/customers/{layla}"
    waiting = officer(shop, "DELETE", path, key="d1")
    assert waiting.status == 202
    note = WaitingErasures.note

    def late(self: WaitingErasures, *args: Any) -> None:
        monkeypatch.setattr(WaitingErasures, "note", note)
        shop.told("balance.settled", LAYLA, amount_minor=5, **MONEY)
        workflow.run(shop.enterprise, erase(shop, layla).data["erasure_id"])
        note(self, *args)

    monkeypatch.setattr(WaitingErasures, "note", late)
    assert officer(shop, "DELETE", path, key="d2").status == 404
    assert WORDS not in json.dumps(in_memory.rows_of("ActivityTable", shop.enterprise))
    assert unled(shop.enterprise) == []


def test_a_preview_counts_no_copy_that_has_expired(
    shop: Shop, tables: DynamoDBClient, layla: str, clock: Clock
) -> None:
    record(shop)
    identify(shop, open_session(shop).data["session_id"])

    def shown() -> dict[str, int]:
        may = replace(shop.admin("customer:DELETE"), expires_at=datetime.now(UTC) + timedelta(days=30))
        shown = call("DELETE", f"/customers/{layla}", "dry_run=true", may, headers={"Idempotency-Key": "k"})
        removed: dict[str, int] = shown.data["preview"]["removed"]
        return removed

    before = shown()
    assert (before["answers"], before["sessions"]) == (3, 1)
    clock.forward(hours=5)
    assert (shown()["answers"], shown().get("sessions", 0)) == (3, 0)
    clock.forward(hours=72)
    assert shown().get("answers", 0) == 0


def test_words_that_cannot_be_kept_exactly_are_a_503(shop: Shop, layla: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The customer is written all the time: nobody can say that they are not erased."""
    commit = transactions.commit

    def contended(client: Any, writes: list[Any]) -> None:
        if any("ConditionCheck" in each for each in writes):
            raise Conflict
        commit(client, writes)

    monkeypatch.setattr(transactions, "commit", contended)
    monkeypatch.setattr("customers.retries.time.sleep", lambda _: None)
    assert officer(shop, "GET", f"/customers/{layla}/context").status == 503
    assert in_memory.rows_of("ActivityTable", shop.enterprise) == []
