"""What customers do that is no purchase: an entry of their history each, told to others by way of the outbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from customers.domain.events.published import event_recorded
from customers.domain.events.recorded import ENTRY, Event
from customers.domain.facts.fact import EventOrder
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import show_instant
from customers.store.customers.rows import Item, canonical_json, customer_key
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put, require
from customers.store.events.outbox import outbox_row
from customers.store.idempotency import put_idempotency_record
from customers.store.records import ledger_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Events:
    """Writes to the Records table, of customers who are in the Customers table."""

    def __init__(self, client: DynamoDBClient, customers: str, records: str, receipts: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records
        self._receipts = receipts

    @classmethod
    def connect(cls) -> Events:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        tables = (os.environ[f"{name}_TABLE"] for name in ("CUSTOMERS", "RECORDS", "RECEIPTS"))
        return cls(dynamo.connect(), *tables)

    def record(
        self, enterprise: str, phone: Phone, event: Event, idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """Entry, outbox row and receipt in one transaction, while the phone is this customer's, who is not shut off.

        Raises `Conflict` where that has changed, or the request has been carried out: then look again.
        """
        writes = [
            put_idempotency_record(self._receipts, enterprise, idempotency_key, record, event.customer_id),
            require_customer(self._customers, enterprise, phone, event.customer_id),
            *event_writes(self._records, enterprise, event),
        ]
        dynamo.commit(self._client, writes)


def event_writes(records_table: str, enterprise: str, event: Event) -> Iterator[Any]:
    """Its entry in the customer's history, and that others are told of it."""
    yield put(records_table, _entry_row(enterprise, event))
    yield put(records_table, outbox_row(enterprise, event.customer_id, event_recorded(enterprise, event)))


def require_customer(customers: str, enterprise: str, phone: Phone, customer_id: str) -> Any:
    """To be written beside what is written of a customer: that the phone is theirs, and they are not shut off."""
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
        "type": {"S": f"{ENTRY}{event.type}"},
        "detail": {"S": canonical_json(detail)},
    }
