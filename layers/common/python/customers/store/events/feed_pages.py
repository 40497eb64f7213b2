"""Reads the feed: a page at a time, from a position in each of its buckets."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from customers.domain.events.feed import KEPT, LAG, FeedEvent, FeedPage, Positions, watermark
from customers.domain.refusals import ValidationError
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.events.feed_rows import (
    BUCKETS,
    Head,
    event_place,
    feed_event_of,
    feed_partition,
    head_key,
    head_of,
    instant_of,
    number_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class _Next:
    """What comes next in a bucket."""

    position: int | None
    """The number before the first row; None while the bucket cannot be begun."""
    rows: list[Item]
    """Without a gap."""
    whole: bool
    """Whether these are all that can be read now."""


class FeedPages:
    """Strongly consistent reads of the Derived table. One request where nothing is new, and one for each bucket."""

    def __init__(self, client: DynamoDBClient, derived: str) -> None:
        self._client = client
        self._derived = derived

    @classmethod
    def connect(cls) -> FeedPages:
        """The table named by `DERIVED_TABLE`."""
        return cls(connect(), os.environ["DERIVED_TABLE"])

    def page(self, enterprise: str, after: Positions | None, limit: int, now: datetime) -> FeedPage:
        """The next events after a position; from the oldest that is kept, if there is none.

        Raises `ValidationError` naming `cursor` where events that follow it are no longer kept, and `Unavailable`.
        """
        heads = self._heads(enterprise)
        # A bucket without an event begins with its first one, whenever that comes.
        positions = {**{bucket: 0 for bucket in BUCKETS if bucket not in heads}, **(after or {})}
        if any(heads[each].number < number if each in heads else number for each, number in positions.items()):
            raise ValidationError("cursor", "is ahead of the feed, which has been restored; begin without one")
        behind = {bucket: head for bucket, head in heads.items() if positions.get(bucket) != head.number}
        share = max(1, limit // max(1, len(behind)))
        found = {
            bucket: self._next(enterprise, bucket, head, positions.get(bucket), share, now)
            for bucket, head in behind.items()
        }
        events, read_until, on_page = list[FeedEvent](), list[datetime](), _oldest(found, limit)
        for bucket, each in found.items():
            if bucket in on_page and each.position is not None:
                events += map(feed_event_of, each.rows)
                positions[bucket] = each.position + len(each.rows)
            if each.rows and not (bucket in on_page and each.whole):
                # Of a bucket that is not on this page, its next event is the first that is missing.
                read_until.append(instant_of(each.rows[-1]["published_at"]))
        return FeedPage(events, positions, bool(read_until), watermark(now, read_until))

    def _heads(self, enterprise: str) -> dict[str, Head]:
        """The last number of each bucket that has one."""
        rows = reads.get_all(self._client, self._derived, [head_key(enterprise, bucket) for bucket in BUCKETS])
        found = {row["pk"]["S"].rpartition("#")[2]: head_of(row) for row in rows}
        return {bucket: found[bucket] for bucket in BUCKETS if bucket in found}

    def _next(self, enterprise: str, bucket: str, head: Head, position: int | None, limit: int, now: datetime) -> _Next:
        rows, more = self._rows(enterprise, bucket, head, position or 0, limit)
        if position is None and rows and instant_of(rows[0]["published_at"]) < now - KEPT:
            oldest = self._oldest_kept(enterprise, bucket, head, number_of(rows[0]), now - KEPT)
            rows, more = self._rows(enterprise, bucket, head, oldest - 1, limit)
        first = number_of(rows[0]) if rows else head.number + 1
        if first != (position or 0) + 1:
            # Rows of one transaction are not seen at the same instant: what is missing may be about to appear.
            if (instant_of(rows[0]["published_at"]) if rows else head.at) > now - LAG:
                return _Next(position, [], whole=True)
            if position is not None:
                raise ValidationError("cursor", "is older than 30 days: events after it are gone; begin without one")
        ordered = [row for place, row in enumerate(rows) if number_of(row) == first + place]
        read = first - 1 + len(ordered)
        return _Next(first - 1, ordered, whole=read == head.number or not more or len(ordered) < len(rows))

    def _oldest_kept(self, enterprise: str, bucket: str, head: Head, first: int, since: datetime) -> int:
        """The number of the first event that is not older; behind the last one, if all are.

        By halving, because instants rise with the numbers. DynamoDB deletes expired rows within days, so there may be
        many. `first` is the number of one.
        """

        def is_kept(number: int) -> bool:
            rows, _ = self._rows(enterprise, bucket, head, number - 1, 1)
            return (instant_of(rows[0]["published_at"]) if rows else head.at) >= since

        return first + bisect_left(range(first, head.number + 1), True, key=is_kept)

    def _rows(self, enterprise: str, bucket: str, head: Head, after: int, limit: int) -> tuple[list[Item], bool]:
        """Some rows behind a number, and whether there may be more."""
        if after >= head.number:
            return [], False
        page = reads.query_page(
            self._client,
            TableName=self._derived,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": {"S": feed_partition(enterprise, bucket)},
                ":first": event_place(after + 1),
                ":last": event_place(head.number),
            },
            Limit=limit,
            ConsistentRead=True,
        )
        return page["Items"], "LastEvaluatedKey" in page


def _oldest(found: Mapping[str, _Next], limit: int) -> list[str]:
    """The buckets on this page: all of them, unless the page has fewer events than there are buckets."""
    by_age = sorted(
        (bucket for bucket, each in found.items() if each.rows),
        key=lambda bucket: found[bucket].rows[0]["published_at"]["S"],
    )
    return [bucket for bucket, each in found.items() if not each.rows or bucket in by_age[:limit]]
