"""What the deployed functions do, in this process and at once, on tables of the emulator that answer as DynamoDB does.

The tables are the tests' own, and nothing listens to them: what races is what the test lets race.
"""

from __future__ import annotations

import itertools
import json
import os
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.config import Config
from hypothesis import settings

from customers.catalogue.data_subject_rights import ERASE
from customers.catalogue.events import RECORD_EVENT
from customers.catalogue.identity import CORRECT, MERGE, UNMERGE
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Conflict, NotFound, Unavailable
from customers.edge.auth.principal import Principal
from customers.edge.http.writing import serve_writing
from customers.store.activity_log.log import ActivityLog
from customers.store.audit.rebuild import Rebuild
from customers.store.aws.objects import Objects
from customers.store.aws.workflow import Workflow
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.keys import is_copy
from customers.store.customers.profiles import Profiles
from customers.store.erasure.erasures import Erasures
from customers.store.erasure.preview_counts import PreviewCounts
from customers.store.events.recorded_events import RecordedEvents
from customers.store.export.export_builder import ExportBuilder
from customers.store.export.export_files import ExportFiles
from customers.store.export.export_service import ExportService
from customers.store.export.export_source import ExportSource
from customers.store.export.exports import Exports
from customers.store.facts.ledger import Ledger
from customers.store.facts.own_entries import OwnEntries
from customers.store.idempotency import IdempotencyRecords
from customers.store.identity.corrections import Corrections
from customers.store.identity.merges import Merges
from customers.store.identity.unmerges import Unmerges
from customers.store.identity.verification_requests import VerificationRequests
from customers.wire.export.exported import files_of, manifest_of
from events.record_event import record_event
from gdpr.erase import erase
from identity.correct import correct
from identity.merge import merge
from identity.unmerge import unmerge
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, SECRET
from tests.support.erasure.sweeping import BUCKET, ERASURES, LINKS, RECEIPTS
from tests.support.facts import customer_fact
from tests.support.stack.own_stack import client as stack_client

ACTIVITY = "ActivityTable"
ROUNDS = int(os.environ.get("ROUNDS", settings().max_examples // 8))
"""How often each race is run: as hypothesis's profile says, or so many."""
AT_A_TIME = 4
"""Rounds side by side, each of two or three that race."""
BEFORE = datetime(2026, 10, 1, tzinfo=UTC)
PERMISSIONS = frozenset({"customer:UPDATE", "customer:MERGE", "customer:DELETE"})
PATIENT = Config(max_pool_connections=50, read_timeout=60)


class Enterprise:
    """An enterprise of its own, and what the functions do to it."""

    def __init__(self, stack: Mapping[str, Any]) -> None:
        self.id = str(uuid.uuid4())
        client, s3, workflows = (
            stack_client(stack, each, config=PATIENT) for each in ("dynamodb", "s3", "stepfunctions")
        )
        self._client = client
        find = IdempotencyRecords(client, RECEIPTS, RECORDS).find
        note = ActivityLog(client, ACTIVITY, RECORDS, days=400).note
        statements = OwnEntries(client, CUSTOMERS, RECORDS, SECRET)
        tables = (CUSTOMERS, RECORDS, RECEIPTS)
        corrections = Corrections(client, tables, statements, VerificationRequests(client, RECORDS, LINKS, SECRET))
        merges = Merges(client, tables, statements)
        erasures = Erasures(client, (*tables, ERASURES), SECRET)
        erasing = partial(
            erase,
            erasures=erasures,
            preview_counts=PreviewCounts(client, RECORDS, RECEIPTS),
            files=ExportFiles(s3, BUCKET),
        )
        self._correct = serve_writing(CORRECT, partial(correct, corrections=corrections), find, note)
        self._merge = serve_writing(MERGE, partial(merge, merges=merges), find, note)
        self._erase = serve_writing(ERASE, erasing, find, note)
        unmerges = Unmerges(client, tables, statements)
        self._unmerge = serve_writing(UNMERGE, partial(unmerge, unmerges=unmerges), find, note)
        events = RecordedEvents(client, *tables)
        recording = partial(record_event, profiles=Profiles(client, CUSTOMERS), events=events)
        self._record = serve_writing(RECORD_EVENT, recording, find)
        customers_by_id, exports = CustomersById(client, CUSTOMERS, RECORDS), Exports(client, RECORDS)
        self._customers_by_id = customers_by_id
        maker = ExportBuilder(
            customers_by_id, ExportSource(client, RECORDS), exports, Objects(s3, BUCKET), files_of, manifest_of
        )
        self._exporting = ExportService(customers_by_id, exports, maker, Workflow(workflows, stack["export_workflow"]))
        self._ledger = Ledger(client, CUSTOMERS, RECORDS, DERIVED, SECRET)
        self._profiles = Profiles(client, CUSTOMERS)
        self.rebuild = Rebuild(client, CUSTOMERS, RECORDS, DERIVED, SECRET)
        self._numbers = itertools.count()

    def phone(self) -> str:
        """A mobile number that nobody here has."""
        return f"+974330{next(self._numbers):05}"

    def tell(self, kind: str, phone: str, at: datetime = BEFORE, **said: Any) -> None:
        """As the queue does: a message that always conflicts, or must wait, comes again."""
        fact = customer_fact(kind, self.id, at=at, about=phone, fact_id=str(uuid.uuid4()), **said)
        while True:
            try:
                (outcome,) = self._ledger.post([fact])
            except Conflict:
                continue
            if isinstance(outcome, str):
                return

    def customer(self, phone: str, amount: int = 100) -> str:
        """A new one, with some money: by id."""
        self.tell("balance.topped_up", phone, amount_minor=amount)
        return self.id_at(phone)

    def at(self, phone: str) -> Profile | None:
        """Whom the lookup finds."""
        return self._profiles.find(self.id, Phone(phone))

    def by_id(self, customer_id: str) -> Profile | None:
        """The customer with an id, after a merge the survivor."""
        try:
            return self._customers_by_id.find(self.id, customer_id)
        except (NotFound, Unavailable):
            return None

    def id_at(self, phone: str) -> str:
        profile = self.at(phone)
        assert profile
        return profile.customer_id

    def correct(self, customer_id: str, phone: str) -> int:
        return self._send(self._correct, customer_id, {"phone": phone})

    def merge(self, survivor: str, absorbed: str) -> int:
        return self._send(self._merge, survivor, {"absorbed_customer_id": absorbed})

    def unmerge(self, survivor: str, absorbed: str) -> int:
        return self._send(self._unmerge, survivor, {"absorbed_customer_id": absorbed})

    def check_in(self, phone: str) -> int:
        return self._send(self._record, phone, {"event_type": "check_in"}, branch="branch-1")

    def erase(self, customer_id: str) -> int:
        return self._send(self._erase, customer_id)

    def export(self, customer_id: str) -> bool:
        """Whether there was somebody to give a file of."""
        try:
            self._exporting.obtain(self.id, customer_id, datetime.now(UTC))
        except NotFound:
            return False
        return True

    def _send(
        self, handler: Any, customer_id: str, body: Mapping[str, Any] | None = None, branch: str | None = None
    ) -> int:
        """The status. A till that gets a 409 sends the same request again."""
        principal = Principal(
            audience="pos-terminal" if branch else "enterprise-admin",
            issuer="https://identity.test",
            subject="office-1",
            jti="token-1",
            enterprise=self.id,
            merchant="merchant-1" if branch else None,
            branch=branch,
            permissions=PERMISSIONS,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
            settings=Settings("Test", "QAR", "QA"),
        )
        event = {
            "multiValueQueryStringParameters": None,
            "multiValueHeaders": {"Idempotency-Key": [str(uuid.uuid4())], "Content-Type": ["application/json"]},
            "pathParameters": {"customer": customer_id},
            "requestContext": {"requestId": str(uuid.uuid4()), "authorizer": principal.context()},
            "body": json.dumps(body) if body else None,
            "isBase64Encoded": False,
        }
        while True:
            status: int = handler(event, None)["statusCode"]
            if status not in (409, 503):
                return status

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the customers, without their copies and without what leads to them."""
        return [row for row in self._scan(CUSTOMERS) if "customer_id" in row and not is_copy(row["pk"]["S"])]

    def records(self) -> list[dict[str, Any]]:
        return self._scan(RECORDS)

    def erasures(self) -> list[str]:
        """The ids of all."""
        return [row["sk"]["S"] for row in self._scan(ERASURES) if row["sk"]["S"].startswith("era_")]

    def _scan(self, table: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=table,
            FilterExpression="begins_with(pk, :enterprise)",
            ExpressionAttributeValues={":enterprise": {"S": self.id}},
            ConsistentRead=True,
        )
        return [row for page in pages for row in page["Items"]]

    def audited(self) -> dict[str, int]:
        """What all customers have together. Each has one row, and the ledger gives it again."""
        rows = self.rows()
        ids = [row["customer_id"]["S"] for row in rows]
        assert len(ids) == len(set(ids))
        compared = {each: self.rebuild.compare(self.id, each, "QAR") for each in ids}
        wrong = {each: rebuilt for each, rebuilt in compared.items() if rebuilt.differences}
        assert not wrong, wrong
        return {name: sum(int(row[name]["N"]) for row in rows) for name in ("balance", "visits", "spend")}


def race(rounds: Callable[[], list[Callable[[], Any]]]) -> list[list[Any]]:
    """What comes of rounds, of each the answers of those who race in it."""
    with ThreadPoolExecutor(3 * AT_A_TIME) as pool, ThreadPoolExecutor(AT_A_TIME) as tables:

        def one() -> list[Any]:
            return [each.result() for each in [pool.submit(act) for act in rounds()]]

        return [each.result() for each in [tables.submit(one) for _ in range(ROUNDS)]]
