"""The feed's rows in the Derived table: `{enterprise}#feed#{bucket}`, numbered without gaps, and the last number.

A number is given in the transaction that adds the event, on condition of the last one. So a reader of
everything up to a number misses nothing below it, whatever the clocks say.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from customers.domain.events.feed import GRACE, KEPT, FeedEvent
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item

FEED = "feed"
"""The kind of these rows."""
BUCKETS = tuple(str(number) for number in range(8))
"""All events of a customer are in one bucket, in the order in which they were published. More buckets take more events
a second, and cost a reader more requests.
"""
_HEAD = "head"
"""Sorts behind all numbers."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last number of a bucket, and the instant of its event."""

    number: int
    at: datetime


def bucket_of(customer_id: str) -> str:
    return BUCKETS[zlib.crc32(customer_id.encode()) % len(BUCKETS)]


def head_key(enterprise: str, bucket: str) -> Item:
    """The key of the row that has the last number."""
    return {"pk": {"S": feed_partition(enterprise, bucket)}, "sk": {"S": _HEAD}}


def event_key(enterprise: str, bucket: str, number: int) -> Item:
    return {"pk": {"S": feed_partition(enterprise, bucket)}, "sk": event_place(number)}


def event_place(number: int) -> Item:
    """Where in its bucket an event is: places are in the order of the numbers."""
    return {"S": f"{number:015}"}


def feed_partition(enterprise: str, bucket: str) -> str:
    return f"{enterprise}#{FEED}#{bucket}"


def is_feed_row(row: Item) -> bool:
    """Whether a row of the Derived table is one of the feed's."""
    partition: str = row["pk"]["S"]
    return partition.split("#")[1:2] == [FEED]


def event_row(enterprise: str, bucket: str, number: int, outbox: Item, at: datetime) -> Item:
    """An event from its outbox row."""
    return {
        **event_key(enterprise, bucket, number),
        "type": outbox["type"],
        "detail": outbox["detail"],
        "published_at": {"S": sortable_instant(at)},
        "ttl": {"N": str(int((at + KEPT + GRACE).timestamp()))},
    }


def head_row(enterprise: str, bucket: str, head: Head) -> Item:
    return {
        **head_key(enterprise, bucket),
        "number": {"N": str(head.number)},
        "at": {"S": sortable_instant(head.at)},
    }


def head_of(row: Item) -> Head:
    """The inverse of `head_row`."""
    return Head(int(row["number"]["N"]), instant_of(row["at"]))


def number_of(row: Item) -> int:
    return int(row["sk"]["S"])


def feed_event_of(row: Item) -> FeedEvent:
    detail: Any = json.loads(row["detail"]["S"])
    return FeedEvent(row["type"]["S"], instant_of(row["published_at"]), detail)


def instant_of(value: Any) -> datetime:
    """The inverse of `sortable_instant`, for an attribute."""
    return datetime.fromisoformat(value["S"]).astimezone(UTC)
