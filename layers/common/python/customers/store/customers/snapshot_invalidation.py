"""Departures: a customer is disabled, is erased, or leaves the row of their phone.

A session keeps a snapshot of a lookup's answer for hours. Each enterprise has one row with the mark of its last
departure, and every departure writes a new mark. A snapshot keeps the mark that it was taken under. While the mark is
the same, nobody has departed since, and the snapshot may be shown. Otherwise the customer is looked up first.

So one put, in the transaction of a departure, invalidates every snapshot, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from customers.domain.customers.profile import Profile
from customers.ids import random_id
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put

NOBODY = ""
"""The mark of an enterprise without any departure."""


def departed_key(enterprise: str) -> Item:
    return {"pk": {"S": f"{enterprise}#departed"}, "sk": {"S": "last"}}


def departure(records_table: str, enterprise: str) -> Any:
    """Goes into the transaction by which a customer departs."""
    return put(records_table, {**departed_key(enterprise), "mark": {"S": random_id()}})


def shut_off(records_table: str, enterprise: str, before: Profile | None, after: Profile) -> Iterator[Any]:
    """The departure of a customer who becomes disabled; nothing for one who was already, or who is new."""
    if before and after.disabled and not before.disabled:
        yield departure(records_table, enterprise)


def mark_of(row: Item | None) -> str:
    """The mark of an enterprise's last departure."""
    return row["mark"]["S"] if row else NOBODY
