"""Non-purchase events: each is an entry in the customer's history, and is published through the outbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from customers.domain.canonical_json import canonical_json
from customers.domain.events.published import event_recorded
from customers.domain.events.recorded import Event
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.history import EVENT_ENTRY
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import show_instant
from customers.store.customers.keys import customer_key
from customers.store.dynamodb import transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put, require
from customers.store.events.outbox import outbox_row
from customers.store.idempotency import put_idempotency_record
from customers.store.records.ledger_rows import ledger_key
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RecordedEvents:
    """Writes to the Records table, for customers who are in the Customers table."""

    def __init__(self, client: DynamoDBClient, customers: str, records: str, receipts: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records
        self._receipts = receipts

    @classmethod
    def connect(cls) -> RecordedEvents:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        tables = (os.environ[f"{name}_TABLE"] for name in ("CUSTOMERS", "RECORDS", "RECEIPTS"))
        return cls(connect(), *tables)

    def record(
        self, enterprise: str, phone: Phone, event: Event, idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """Commit the entry, the outbox row and the idempotency record, if the customer still has the phone and is not
        disabled.

        Raises `Conflict` where that has changed or the request has been carried out, and `Unavailable`.
        """
        writes = [
            *put_idempotency_record(self._receipts, enterprise, idempotency_key, record, event.customer_id),
            require_customer(self._customers, enterprise, phone, event.customer_id),
            *event_writes(self._records, enterprise, event),
        ]
        transactions.commit(self._client, traced(enterprise, writes))


def event_writes(records_table: str, enterprise: str, event: Event) -> Iterator[Any]:
    """An event's entry in the customer's history, and its row in the outbox."""
    yield put(records_table, _entry_row(enterprise, event))
    yield put(records_table, outbox_row(enterprise, event.customer_id, event_recorded(enterprise, event)))


def require_customer(customers: str, enterprise: str, phone: Phone, customer_id: str) -> Any:
    """Goes into a transaction about a customer: they have the phone, and are not disabled."""
    return require(
        customers,
        customer_key(enterprise, phone),
        "customer_id = :customer AND #state <> :disabled",
        {":customer": {"S": customer_id}, ":disabled": {"S": "DISABLED"}},
        {"#state": "state"},
    )


def _entry_row(enterprise: str, event: Event) -> Item:
    detail = {
        "attributes": dict(event.attributes),
        "recorded_at": show_instant(event.recorded_at),
        **({"branch_id": event.branch_id} if event.branch_id else {}),
        **({"session_id": event.session_id} if event.session_id else {}),
    }
    return {
        **ledger_key(enterprise, event.customer_id, EventOrder(event.occurred_at, event.id)),
        "type": {"S": f"{EVENT_ENTRY}{event.type}"},
        "detail": {"S": canonical_json(detail)},
    }
