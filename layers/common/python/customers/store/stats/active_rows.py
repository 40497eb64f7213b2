"""The Derived table: the active days in a customer's note, a bit for each day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from customers.domain.stats.contributions import Contributions, Place
from customers.store.dynamodb.items import Item

_DAY_BYTES = 3
"""The last day as its ordinal. The bits follow: the lowest is the last day, the next one the day before."""


def active_attributes(figures: Contributions) -> Item:
    """The attribute of a note that holds the active days: about fifteen bytes for a hundred days."""
    days = [date.fromisoformat(place.date).toordinal() for place in figures if place.kind == "active"]
    if not days:
        return {}
    last = max(days)
    bits = sum(1 << last - day for day in days)
    packed = last.to_bytes(_DAY_BYTES) + bits.to_bytes((bits.bit_length() + 7) // 8)
    return {"active": {"B": packed}}


def active_days_in(row: Mapping[str, Any]) -> Contributions:
    """The inverse of `active_attributes`."""
    packed: bytes = row["active"]["B"] if "active" in row else b""
    last, bits = int.from_bytes(packed[:_DAY_BYTES]), int.from_bytes(packed[_DAY_BYTES:])
    days = (date.fromordinal(last - back) for back in range(bits.bit_length()) if bits >> back & 1)
    return {Place.active(day.isoformat()): {"active_customers": 1} for day in days}
