"""What an audit counts of one customer."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
from mypy_boto3_dynamodb import DynamoDBClient

from admin.audit.recount import Recount
from customers.domain.enterprise import Settings
from customers.domain.events.recorded import Event
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.phone import Phone
from customers.store.events.recorded_events import RecordedEvents
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.facts import LAYLA, NOON


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
    named = {"customers": CUSTOMERS, "records": RECORDS, "derived": "DerivedTable"}
    clients = {"dynamodb": tables, "kms": boto3.client("kms", region_name="us-east-1")}
    stack: Any = SimpleNamespace(client=clients.__getitem__, tables=named, pseudonym_key=os.environ["PSEUDONYM_KEY"])
    settings = Settings("Acme", "QAR", "QA")
    recounted = Recount(stack, enterprise, settings, datetime.now(UTC)).customer(customer_id)
    assert (recounted.wrong, recounted.entries, recounted.balance_minor) == ([], 2, 500)
