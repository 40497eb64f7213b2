"""The outbox: events for the bus, each written in the transaction of what it tells of, until they are published."""

from __future__ import annotations

from customers.domain.events.published import BusEvent
from customers.domain.instants import sortable_instant
from customers.store.customers.rows import Item, canonical_json
from customers.store.records import record_key

OUTBOX = "outbox#"
"""How the sort keys of its rows begin, in the table of records."""


def outbox_row(enterprise: str, customer_id: str, event: BusEvent) -> Item:
    """The row to put beside the effect."""
    return {
        **record_key(enterprise, customer_id, f"{OUTBOX}{sortable_instant(event.at)}#{event.id}"),
        "type": {"S": event.type},
        "detail": {"S": canonical_json(dict(event.detail))},
    }
