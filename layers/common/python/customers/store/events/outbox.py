"""The outbox: events for the bus, written in the transaction of the change that they report."""

from __future__ import annotations

from customers.domain.canonical_json import canonical_json
from customers.domain.events.published import BusEvent
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item
from customers.store.records.keys import record_key

OUTBOX = "outbox#"
"""How the sort keys of its rows begin, in the Records table."""


def outbox_row(enterprise: str, customer_id: str, event: BusEvent) -> Item:
    """The row of an event."""
    return {
        **record_key(enterprise, customer_id, f"{OUTBOX}{sortable_instant(event.at)}#{event.id}"),
        "type": {"S": event.type},
        "detail": {"S": canonical_json(dict(event.detail))},
    }
