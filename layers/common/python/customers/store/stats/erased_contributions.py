"""What the days hold of purchases and refunds that are gone with their customer: so that the sums can be recounted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from customers.domain.stats.contributions import Counts, Place
from customers.store.customers.rows import Item
from customers.store.stats.contributions import addition

GONE = "gone"
"""What follows the enterprise in the partition keys of the Derived table."""


def add_gone(table: str, enterprise: str, shares: Mapping[Place, Counts]) -> Iterator[Any]:
    """To be written in the transaction by which they go."""
    for place, counts in shares.items():
        if counts:
            yield addition(table, _key(enterprise, place), counts)


def gone_place(row: Mapping[str, Any]) -> Place:
    """Of which sum a row's counters are a part."""
    branch = row["pk"]["S"].split("#", 3)[2:]
    return Place.day(row["sk"]["S"], *branch)


def _key(enterprise: str, place: Place) -> Item:
    of = f"#{place.branch_id}" if place.branch_id else ""
    return {"pk": {"S": f"{enterprise}#{GONE}{of}"}, "sk": {"S": place.date}}
