"""The part of the sums that is about purchases and refunds of erased customers, so that the sums can be recounted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from customers.domain.stats.contributions import Counts, Place
from customers.store.dynamodb.items import Item
from customers.store.stats.contributions import addition

GONE = "gone"
"""The second part of the partition keys in the Derived table."""


def add_gone(table: str, enterprise: str, contributions: Mapping[Place, Counts]) -> Iterator[Any]:
    """Goes into the transaction that removes the purchases and refunds."""
    for place, counts in contributions.items():
        if counts:
            yield addition(table, _key(enterprise, place), counts)


def gone_place(row: Mapping[str, Any]) -> Place:
    """The sum that a row's counters are a part of."""
    branch = row["pk"]["S"].split("#", 3)[2:]
    return Place.day(row["sk"]["S"], *branch)


def _key(enterprise: str, place: Place) -> Item:
    branch = f"#{place.branch_id}" if place.branch_id else ""
    return {"pk": {"S": f"{enterprise}#{GONE}{branch}"}, "sk": {"S": place.date}}
