"""What an audit counts of one customer."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from admin.audit.recount import Recount, Recounted
from customers.domain.enterprise import Settings
from customers.domain.events.recorded import Event
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.phone import Phone
from customers.store.audit import together
from customers.store.events.recorded_events import RecordedEvents
from customers.store.stats.derived_totals import read_totals
from tests.support.books import CUSTOMERS, DERIVED, RECORDS, Books, calls, interrupting
from tests.support.facts import LAYLA, NOON
from tests.support.stats.derivation import Derivation


def recount(books: Books, client: DynamoDBClient | None = None) -> Recount:
    named = {"customers": CUSTOMERS, "records": RECORDS, "derived": DERIVED}
    clients = {"dynamodb": client or books.client, "kms": boto3.client("kms", region_name="us-east-1")}
    stack: Any = SimpleNamespace(client=clients.__getitem__, tables=named, pseudonym_key=os.environ["PSEUDONYM_KEY"])
    return Recount(stack, books.enterprise, Settings("Acme", "QAR", "QA"), datetime.now(UTC))


def test_events_are_no_entries_of_the_books(tables: DynamoDBClient, enterprise: str) -> None:
    books = Books(tables, enterprise)
    books.post("customer.registered")
    books.post("balance.topped_up", amount_minor=500)
    customer_id = books.customer().customer_id
    event = Event("evt_1", "feedback", customer_id, None, NOON, NOON, {})
    RecordedEvents(tables, CUSTOMERS, RECORDS, "ReceiptsTable").record(
        enterprise,
        Phone(LAYLA),
        event,
        IdempotencyKey("record_event", "k", "print", NOON),
        IdempotencyRecord("print", 201, {}, None),
    )
    recounted = recount(books).customer(customer_id)
    assert (recounted.wrong, recounted.entries, recounted.balance_minor) == ([], 2, 500)


PHONES = [f"+9743300{number:04}" for number in range(9)]


@pytest.fixture
def books(tables: DynamoDBClient, enterprise: str) -> Books:
    """Nine customers, and all that is derived from them."""
    books = Books(tables, enterprise)
    for number, phone in enumerate(PHONES):
        books.post("customer.registered", about=phone)
        books.post("balance.topped_up", about=phone, amount_minor=100 * number)
    Derivation(books).reconcile()
    return books


def by_id(recounted: Iterable[Recounted]) -> dict[str, Recounted]:
    return {each.customer_id: each for each in recounted}


def test_customers_are_read_together_and_counted_as_each_alone(books: Books) -> None:
    with calls(books.client) as asked:
        seen = by_id(recount(books).customers())
    assert (set(asked), asked.count("BatchGetItem")) == ({"Scan", "BatchGetItem"}, 1)
    ids = [books.customer(phone).customer_id for phone in PHONES]
    assert seen == by_id(map(recount(books).customer, ids))
    assert [seen[each].balance_minor for each in ids] == [100 * number for number in range(9)]


def test_what_is_wrong_with_one_is_told_and_the_others_are_counted(books: Books) -> None:
    altered = next(row for row in books.rows(CUSTOMERS) if row["pk"]["S"].endswith(PHONES[3]))
    books.client.put_item(TableName=CUSTOMERS, Item={**altered, "balance_minor": {"N": "1"}})
    wrong = {customer_id: each.wrong for customer_id, each in by_id(recount(books).customers()).items() if each.wrong}
    assert wrong == {books.customer(PHONES[3]).customer_id: ["differs from the ledger: balance_minor"]}


def test_a_customer_who_is_written_while_many_are_read_is_read_again(books: Books) -> None:
    written: list[str] = []

    def write() -> None:
        if not written:
            written.append(PHONES[5])
            books.post("balance.topped_up", about=PHONES[5], amount_minor=7)
            Derivation(books).reconcile()

    found = by_id(recount(books, interrupting("before-call.dynamodb.BatchGetItem", write)).customers())
    assert written
    assert [each for each in found.values() if each.wrong or each.behind] == []
    assert found[books.customer(PHONES[5]).customer_id].balance_minor == 507


def test_more_customers_than_are_read_together_are_all_counted(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "ROWS", 10)
    with calls(books.client) as asked:
        assert len(by_id(recount(books).customers())) == len(PHONES)
    # Each has three rows here, so four of them are together.
    assert asked.count("BatchGetItem") == 3


def test_what_is_derived_of_another_enterprise_is_not_counted(books: Books) -> None:
    before = read_totals(books.client, DERIVED, books.enterprise)
    others = Books(books.client, f"{books.enterprise}-other")
    others.post("balance.topped_up", about=PHONES[0], amount_minor=700)
    Derivation(others).reconcile()
    assert read_totals(books.client, DERIVED, books.enterprise) == before
    assert read_totals(books.client, DERIVED, others.enterprise) != before
