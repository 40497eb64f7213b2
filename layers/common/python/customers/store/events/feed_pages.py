"""Reads the feed: a page at a time, from a position in each of its buckets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from customers.domain.events.feed import FeedEvent, FeedPage, Positions, watermark
from customers.domain.refusals import ValidationError
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.events.feed_rows import (
    BUCKETS,
    event_key,
    feed_event_of,
    feed_partition,
    head_key,
    instant_of,
    number_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


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
        positions = {bucket: (after or {}).get(bucket, 0) for bucket in heads}
        behind = [bucket for bucket, head in heads.items() if positions[bucket] < head]
        found = {each: self._rows(enterprise, each, positions[each], max(1, limit // len(behind))) for each in behind}
        events, read_until = list[FeedEvent](), list[datetime]()
        for bucket in _oldest(found, limit):
            kept = [row for row in found[bucket] if int(row["ttl"]["N"]) > now.timestamp()]
            if after is not None and (not kept or number_of(kept[0]) != positions[bucket] + 1):
                raise ValidationError("cursor", "is older than 30 days: events after it are gone; begin without one")
            events += map(feed_event_of, kept)
            positions[bucket] = number_of(found[bucket][-1]) if found[bucket] else heads[bucket]
        for bucket in (each for each in behind if positions[each] < heads[each]):
            # Of a bucket that has not been begun, its first event is the first that is missing.
            read_until.append(instant_of(found[bucket][-1]["published_at"]))
        return FeedPage(events, positions, bool(read_until), watermark(now, read_until))

    def _heads(self, enterprise: str) -> dict[str, int]:
        """The last number of each bucket that has one."""
        rows = reads.get_all(self._client, self._derived, [head_key(enterprise, bucket) for bucket in BUCKETS])
        found = {row["pk"]["S"].rpartition("#")[2]: int(row["number"]["N"]) for row in rows}
        return {bucket: found[bucket] for bucket in BUCKETS if bucket in found}

    def _rows(self, enterprise: str, bucket: str, after: int, limit: int) -> list[Item]:
        first, end = event_key(enterprise, bucket, after + 1)["sk"], {"S": ":"}
        page = reads.query_page(
            self._client,
            TableName=self._derived,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :end",
            ExpressionAttributeValues={
                ":pk": {"S": feed_partition(enterprise, bucket)},
                ":first": first,
                ":end": end,
            },
            Limit=limit,
            ConsistentRead=True,
        )
        rows: list[Item] = page["Items"]
        return rows


def _oldest(found: Mapping[str, list[Item]], limit: int) -> list[str]:
    """The buckets on this page: all of them, unless the page has fewer events than there are buckets."""
    by_age = sorted(filter(found.get, found), key=lambda bucket: found[bucket][0]["published_at"]["S"])
    return [bucket for bucket in found if not found[bucket] or bucket in by_age[:limit]]
