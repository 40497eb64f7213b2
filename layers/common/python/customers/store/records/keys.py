"""Keys of the Records table, and what its rows have in common.

The key is `{enterprise}#{customer_id}`, sorted by kind and time, so a changed phone moves no history.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.facts.event_order import EventOrder
from customers.store.dynamodb.items import Item

POINTER = "pointer"
"""The sort key of the row that leads from an id to a customer."""
PART = "part"
"""The sort key of what is known of one part of a merged customer."""


def record_key(enterprise: str, customer_id: str, sk: str) -> Item:
    return {"pk": {"S": f"{enterprise}#{customer_id}"}, "sk": {"S": sk}}


def provider_key(enterprise: str, provider_id: str) -> Item:
    """The key of the holders of a provider id."""
    return {"pk": {"S": f"{enterprise}#provider#{provider_id}"}, "sk": {"S": "holdings"}}


def owner_of(row: Mapping[str, Any]) -> str:
    """The customer in whose partition the row lies: one part of a merged customer."""
    return str(row["pk"]["S"].partition("#")[2])


def scope_of(row: Mapping[str, Any], customer_id: str | None = None) -> str:
    """The part of this customer that the row belongs to; empty for the customer's own, or where nobody asks."""
    owner = owner_of(row)
    return "" if customer_id in (None, owner) else owner


def stamp_of(text: str) -> EventOrder:
    """The inverse of `str`."""
    occurred_at, _, fact_id = text.partition("#")
    return EventOrder(datetime.fromisoformat(occurred_at).astimezone(UTC), fact_id)


def former_phones(enterprise: str, customer_id: str) -> str:
    """The partition of the phones that a customer has given up, by their pseudonyms."""
    return f"{enterprise}#former_phones#{customer_id}"
