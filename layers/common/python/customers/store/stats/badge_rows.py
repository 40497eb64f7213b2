"""The Derived table: the badge that was reported last, in the customer's note, and who is looked at on which day.

`{enterprise}#due#{0-f}` lists the customers by the day on which time may change their badge. There are 16 such
partitions, so that a load of many customers does not meet in one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from customers.domain.enterprise import Thresholds
from customers.domain.stats.badge_changes import Days, NotedBadge
from customers.domain.stats.contributions import Contributions
from customers.domain.stats.counting_rules import CountingRules
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put

DUE = "due"
"""The kind of the rows that list customers by day."""
DUE_BUCKETS = tuple("0123456789abcdef")


def badge_attributes(noted: NotedBadge | None) -> Item:
    """The attributes of a note that hold the badge."""
    if noted is None:
        return {}
    limits = noted.rules.badge
    rules = (limits.vip_visits_90d, limits.vip_lifetime_spend_minor, limits.regular_visits, noted.rules.time_zone)
    held: dict[str, Any] = {
        "as_of": {"S": noted.as_of.isoformat()},
        "rules": {"S": ",".join(map(str, rules))},
        "changes": {"N": str(noted.changes)},
    }
    if noted.badge:
        held["badge"] = {"S": noted.badge}
    if noted.due:
        held["due"] = {"S": noted.due.isoformat()}
    return {"reported": {"M": held}}


def noted_badge_of(row: Mapping[str, Any]) -> NotedBadge | None:
    """The inverse of `badge_attributes`."""
    if "reported" not in row:
        return None
    held = row["reported"]["M"]
    visits, spend, regular, zone = held["rules"]["S"].split(",", 3)
    limits = Thresholds(vip_visits_90d=int(visits), vip_lifetime_spend_minor=int(spend), regular_visits=int(regular))
    return NotedBadge(
        badge=held["badge"]["S"] if "badge" in held else None,
        as_of=date.fromisoformat(held["as_of"]["S"]),
        rules=CountingRules(limits, zone),
        changes=int(held["changes"]["N"]),
        due=date.fromisoformat(held["due"]["S"]) if "due" in held else None,
    )


def days_in(figures: Contributions) -> Days:
    """The badge days among a customer's contributions."""
    return {date.fromisoformat(place.date): counts for place, counts in figures.items() if place.kind == "badges"}


def due_partition(enterprise: str, bucket: str) -> str:
    """The partition of a bucket, one hexadecimal digit."""
    return f"{enterprise}#{DUE}#{bucket}"


def due_key(enterprise: str, customer_id: str, day: date) -> Item:
    """The key of the row that lists a customer on a day."""
    bucket = f"{zlib.crc32(customer_id.encode()) & 0xF:x}"
    return {"pk": {"S": due_partition(enterprise, bucket)}, "sk": {"S": f"{day.isoformat()}#{customer_id}"}}


def due_writes(
    table: str, enterprise: str, customer_id: str, before: NotedBadge | None, after: NotedBadge | None
) -> Iterator[Any]:
    """Move a customer from one day to another. One who is listed already stays."""
    was, now = before.due if before else None, after.due if after else None
    if was == now:
        return
    if was:
        yield delete(table, due_key(enterprise, customer_id, was))
    if now:
        yield put(table, due_key(enterprise, customer_id, now))
