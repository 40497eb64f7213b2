"""A person planted in every table, erased, and looked for afterwards in every form."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import boto3
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.erasure.plan import Erasure, plan
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.aws.signing import SigningKey
from customers.store.customers.copy_leads import Copies, lead
from customers.store.erasure.erasures import Erasures
from customers.store.erasure.sealing import Sealing
from customers.store.erasure.sweep_aliases import AliasesSweep
from customers.store.erasure.sweep_copies import CopiesSweep, tables_of_copies
from customers.store.erasure.sweep_files import FilesSweep
from customers.store.erasure.sweep_history import HistorySweep
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.erasure.sweep_refused_facts import RefusedFactsSweep
from customers.store.export.export_files import ExportFiles
from customers.store.idempotency import answer_key
from customers.store.stats.reconciler import Reconciler
from customers.wire.facts.refused_facts import read_refused_fact, without_person
from tests.support.books import CUSTOMERS, DERIVED, ENTERPRISES, RECORDS, SECRET, Books
from tests.support.dynamodb import in_memory
from tests.support.facts import LATER, NOON
from tests.support.refused import REFUSED_FACTS

RECEIPTS, SESSIONS, LINKS, ERASURES = "ReceiptsTable", "SessionsTable", "VerificationsTable", "ErasuresTable"
ACTIVITY = "ActivityTable"
TABLES = (CUSTOMERS, RECORDS, ENTERPRISES, DERIVED, RECEIPTS, SESSIONS, LINKS, ERASURES, REFUSED_FACTS, ACTIVITY)
BUCKET = "erasing-exports"


def forms(phone: str) -> list[str]:
    """A phone as it might lie somewhere: plain, digits only, without its country, and hashed without a secret."""
    digits = phone.removeprefix("+")
    hashed = [
        hashlib.new(name, text.encode()).hexdigest() for name in ("sha256", "sha1", "md5") for text in (phone, digits)
    ]
    return [phone, digits, digits[3:], *hashed]


@dataclass
class Planted:
    """What is looked for."""

    phone: str = "+97455667788"
    twin_phone: str = "+97455990011"
    name: str = "Zubaida Quillfeather"
    provider_ids: tuple[str, ...] = ("pos-zq-77", "pos-zq-78")
    note: str = "blue orchid allergy"
    traces: list[str] = field(init=False)

    def __post_init__(self) -> None:
        words = [*self.name.lower().split(), self.name.lower()]
        self.traces = [*forms(self.phone), *forms(self.twin_phone), *words, *self.provider_ids, self.note]

    def found_in(self, text: str) -> set[str]:
        lower = text.lower()
        return {trace for trace in self.traces if trace.lower() in lower}


def everything(client: DynamoDBClient, *but: str) -> Iterator[str]:
    """Every row of every table, as text."""
    for table in TABLES:
        if table in but:
            continue
        rows = in_memory.all_rows(table) if in_memory.are_in_memory(client) else scanned(client, table)
        yield from (json.dumps(row, ensure_ascii=False, default=repr) for row in rows)


def scanned(client: DynamoDBClient, table: str) -> list[Any]:
    return [row for page in client.get_paginator("scan").paginate(TableName=table) for row in page["Items"]]


def plant(books: Books, person: Planted, *, verified: bool = True) -> str:
    """All kinds of facts about them, as other domains tell them, and an event with free text. Gives the id.

    One who was never verified has promotional grants, and no other money.
    """

    def post(kind: str, **said: Any) -> None:
        assert books.post(kind, about=person.phone, **said) == "applied"

    post("customer.registered", name=person.name, member_since="2024-01-01T00:00:00Z")
    if verified:
        post("customer.verified")
    for number, provider_id in enumerate(person.provider_ids):
        post("provider_id.linked", provider_customer_id=provider_id, at=NOON + timedelta(seconds=number))
    post("preferences.updated", preferences={"note": person.note})
    post("consent.updated", consent={"marketing": True, person.note: False})
    post("promo.granted", grant_id="g-1", amount_minor=700)
    if verified:
        post("balance.topped_up", amount_minor=5000)
        post("balance.spent", amount_minor=5000)
        for number in range(3):
            post("purchase.completed", purchase_id=f"p-{number}", amount_minor=1000 + number)
        post("purchase.refunded", purchase_id="p-0", refund_id="r-0", amount_minor=500)
    customer_id = books.customer(person.phone).customer_id
    event = {"attributes": {"text": person.note, "name": person.name}, "recorded_at": "2024-06-01T12:00:00Z"}
    books.client.put_item(
        TableName=RECORDS,
        Item={
            "pk": {"S": f"{books.enterprise}#{customer_id}"},
            "sk": {"S": f"ledger#2024-06-01T12:00:00.000000Z#evt_{uuid.uuid4().hex}"},
            "type": {"S": "event.feedback"},
            "detail": {"S": json.dumps(event)},
        },
    )
    return customer_id


def plant_copies(books: Books, person: Planted, customer_id: str) -> None:
    """What is kept of them for a while: an answer, a session, a link."""
    answer = json.dumps({"status": 200, "data": {"name": person.name, "phone": person.phone}, "completeness": 100})
    named, shown = {"phone": {"S": person.phone}}, {"context": {"S": answer}}
    plant_copy(books, RECEIPTS, "answers", customer_id, f"{books.enterprise}#correct#{uuid.uuid4()}", shown)
    plant_copy(books, SESSIONS, "sessions", customer_id, f"{books.enterprise}#b-1#{uuid.uuid4()}", {**named, **shown})
    plant_copy(books, LINKS, "links", customer_id, uuid.uuid4().hex, {"customer_id": {"S": customer_id}})
    said = {"reason": {"S": f"{person.name} called"}}
    plant_copy(books, ACTIVITY, "activity", customer_id, f"{books.enterprise}#act_{uuid.uuid4().hex}", said)


def plant_copy(
    books: Books, table: str, copies: Copies, customer_id: str, pk: str, row: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """A copy, and the row that leads to it."""
    key = answer_key(pk) if copies == "answers" else {"pk": {"S": pk}}
    planted = {**key, "ttl": {"N": "4000000000"}, "reason": {"S": "ticket 1"}, **row}
    until = datetime.fromtimestamp(4_000_000_000, UTC)
    leading = lead(RECEIPTS, books.enterprise, customer_id, copies, pk, until)["Put"]
    for name, item in ((table, planted), (leading["TableName"], leading["Item"])):
        books.client.put_item(TableName=name, Item=item)


def erasures_of(client: DynamoDBClient) -> Erasures:
    return Erasures(client, (CUSTOMERS, RECORDS, RECEIPTS, ERASURES), SECRET)


def erase(client: DynamoDBClient, enterprise: str, customer_id: str, at: datetime = LATER) -> str:
    """The transaction of the DELETE. Gives the erasure's id."""
    erasures = erasures_of(client)
    account = erasures.account(enterprise, customer_id)
    assert account
    planned = plan(account.profile, "block", has_books=erasures.has_books(enterprise, account.profile))
    assert not planned.blockers
    erasure_id = f"era_{uuid.uuid4().hex}"
    asked = Erasure(erasure_id, account.profile.customer_id, account.profile.state, at, "erasing")
    erasures.erase(enterprise, account, asked.carried_out(planned.outcome, account.profile.state, at))
    return erasure_id


class Workflow:
    """The states of the workflow, in their order, over tables in memory."""

    def __init__(self, client: DynamoDBClient, key: SigningKey, s3: Any = None) -> None:
        reconcile: Callable[[Any], dict[CustomerRef, Exception]] = Reconciler(
            client, DERIVED, CUSTOMERS, RECORDS, ENTERPRISES
        ).reconcile
        self.jobs = SweepJobs(client, ERASURES, RECORDS, SECRET)
        self.history = HistorySweep(self.jobs, RECORDS)
        self.aliases = AliasesSweep(self.jobs, CUSTOMERS, RECORDS, LINKS)
        self.copies = CopiesSweep(self.jobs, tables_of_copies(), DERIVED, reconcile)
        self.files = FilesSweep(self.jobs, ExportFiles(s3 or boto3.client("s3", region_name="us-east-1"), BUCKET))
        self.refused_facts = RefusedFactsSweep(
            self.jobs, (REFUSED_FACTS, RECORDS, ENTERPRISES), read_refused_fact, without_person
        )
        self.sweeps = (self.history, self.aliases, self.copies, self.files, self.refused_facts)
        self.sealing = Sealing(self.jobs, self.history, self.sweeps[1:], key)

    def run(self, enterprise: str, erasure_id: str) -> SweepJob:
        for sweep in self.sweeps:
            for _ in sweep.pages(self.jobs.read(enterprise, erasure_id)):
                pass
        assert self.sealing.seal(self.jobs.read(enterprise, erasure_id), LATER) == "done"
        return self.jobs.read(enterprise, erasure_id)
