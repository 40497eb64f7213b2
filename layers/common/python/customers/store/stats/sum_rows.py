"""The rows of the Derived table that hold the sums.

Each sum is spread over rows, its shards: a transaction adds to one of them, and a reader adds them all up. The badge
days of `BLOCK` days share a row, because a visit moves a customer from any of them to another. So a batch of visits
writes few rows, and not two of its own for each visit.

A day of active customers has its counter in the same rows, with the badge day 91 days later. A visit changes that badge
day in nearly all cases, because it is when the visit has left the window. So active customers cost no further write,
and the rows that badges are read from have all days of which active customers are read.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from customers.domain.stats.contributions import Contributions, Counts, Place
from customers.store.dynamodb.items import Item
from customers.store.stats.derived_rows import counters_of, row_key

BLOCK = 38
"""Days of badges in a row. The 92 days that are read are then in four rows at most, each of about a kilobyte."""
AHEAD = timedelta(days=91)
"""From a day of active customers to the badge day that it shares a row with."""
_ACTIVE = "d"
_DAYS = string.digits + string.ascii_letters
"""A character for each day of a block."""
_LETTERS = {"new": "n", "regular": "r", "vip": "v", "vip_over_new": "a", "vip_over_regular": "b"}
_NAMES = {letter: name for name, letter in _LETTERS.items()}


def shared_place(place: Place) -> Place:
    """The place whose row holds a sum: for a day of badges or of active customers the first day of its block."""
    day = _badge_day(place)
    return Place.badges(first_of_block(day)) if day else place


def first_of_block(day: date) -> str:
    """The first day of the block that a badge day is in."""
    return date.fromordinal(day.toordinal() // BLOCK * BLOCK).isoformat()


def rows_of(enterprise: str, sums: Contributions, shard: int) -> Iterator[tuple[Item, Counts]]:
    """The rows of a shard that hold these sums: the key of each, and its counters by the names of attributes."""
    rows: dict[Place, dict[str, int]] = {}
    for place, counts in sums.items():
        shared = shared_place(place)
        rows.setdefault(shared, {}).update(_attributes(place, shared, counts))
    for place, counters in rows.items():
        yield sum_key(enterprise, place, shard), counters


def sums_of(row: Mapping[str, Any]) -> Contributions:
    """The inverse of `rows_of`, for a row as it is read."""
    _, kind, *branch = row["pk"]["S"].split("#", 2)
    place = Place(kind, row["sk"]["S"].rpartition("#")[0], *branch)
    counters = counters_of(row)
    if place.kind != "badges":
        return {place: counters}
    first, found = date.fromisoformat(place.date), dict[Place, dict[str, int]]()
    for name, value in counters.items():
        day = first + timedelta(days=_DAYS.index(name[0]))
        if name[1] == _ACTIVE:
            found[Place.active((day - AHEAD).isoformat())] = {"active_customers": value}
        else:
            found.setdefault(Place.badges(day.isoformat()), {})[_NAMES[name[1]]] = value
    return found


def sum_key(enterprise: str, place: Place, shard: int) -> Item:
    """The key of one row of a sum. Of a badge day it takes the first day of the block."""
    day = f"{place.date}#" if place.date else ""
    return row_key(sums_partition(enterprise, place), f"{day}{shard:02}")


def sums_partition(enterprise: str, place: Place) -> str:
    """The partition of the sums of one kind and perhaps one branch, sorted by day."""
    branch = f"#{place.branch_id}" if place.branch_id else ""
    return f"{enterprise}#{place.kind}{branch}"


def _badge_day(place: Place) -> date | None:
    """The badge day with which a sum shares its row; None for a sum with a row of its own."""
    match place.kind:
        case "badges":
            return date.fromisoformat(place.date)
        case "active":
            return date.fromisoformat(place.date) + AHEAD
        case _:
            return None


def _attributes(place: Place, shared: Place, counts: Counts) -> Counts:
    badge_day = _badge_day(place)
    if badge_day is None:
        return counts
    day = _DAYS[(badge_day - date.fromisoformat(shared.date)).days]
    return {f"{day}{_ACTIVE if place.kind == 'active' else _LETTERS[name]}": value for name, value in counts.items()}
