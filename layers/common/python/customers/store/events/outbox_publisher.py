"""From the outbox to the bus: every committed event is published at least once, in order for each customer."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Any

import boto3

from customers.domain.events.published import SOURCE
from customers.domain.refusals import Conflict, OutcomeUnknown, Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.aws.queues import SHORTLY
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.events.feed import MOST as FEED_AT_ONCE
from customers.store.events.feed import Feed
from customers.store.events.feed_rows import bucket_of
from customers.store.events.outbox import OUTBOX
from customers.store.faults import named_faults
from customers.store.packing import packed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient

AT_ONCE = 10
"""The most events that one request takes."""
Rows = Mapping[CustomerRef, Sequence[Item]]
"""Of each customer some rows of the outbox, oldest first."""
Failed = dict[CustomerRef, Exception]


class OutboxPublisher:
    """Rows of the Records table that wait to be published."""

    def __init__(
        self, client: DynamoDBClient, records_table: str, events: EventBridgeClient, bus: str, feed: Feed
    ) -> None:
        self._client = client
        self._feed = feed
        self._records = records_table
        self._events = events
        self._bus = bus

    @classmethod
    def connect(cls) -> OutboxPublisher:
        """The table named by `RECORDS_TABLE`, the bus named by `BUS`."""
        events = boto3.client("events", config=SHORTLY)
        return cls(connect(), os.environ["RECORDS_TABLE"], events, os.environ["BUS"], Feed.connect())

    def publish(self, changes: Sequence[CustomerRef]) -> Failed:
        """Empty the outboxes of these customers. Returns those that could not be emptied, and why.

        A row moves to the feed after the bus has taken its event: a run that is stopped between the two publishes it
        on the bus again, and in the feed once.
        """
        by_bucket = defaultdict[tuple[str, str], list[CustomerRef]](list)
        for change in dict.fromkeys(changes):
            by_bucket[change.enterprise, bucket_of(change.customer_id)].append(change)
        return {who: error for each in by_bucket.values() for who, error in self._empty(each).items()}

    def customers(self) -> Iterator[CustomerRef]:
        """All customers with events waiting. Reads the whole table, page by page: for an operator's commands only."""
        rows = reads.scan_all(
            self._client,
            TableName=self._records,
            FilterExpression="begins_with(sk, :outbox)",
            ExpressionAttributeValues={":outbox": {"S": OUTBOX}},
            ProjectionExpression="pk",
        )
        # Rows of one customer come one after another.
        for pk, _ in groupby(rows, key=lambda row: row["pk"]["S"]):
            yield _customer_of(pk)

    def _waiting(self, change: CustomerRef) -> Iterator[list[Item]]:
        """Strongly consistent, oldest first."""
        pages = reads.query_pages(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{change.enterprise}#{change.customer_id}", OUTBOX),
            ConsistentRead=True,
            Limit=AT_ONCE,
        )
        return (page["Items"] for page in pages if page["Items"])

    def _empty(self, changes: Sequence[CustomerRef]) -> Failed:
        """Outboxes whose events go into one bucket of the feed."""
        failed, left = dict[CustomerRef, Exception](), {change: self._waiting(change) for change in changes}
        while left:
            rows = dict[CustomerRef, list[Item]]()
            for change, pages in left.items():
                try:
                    if page := next(pages, None):
                        rows[change] = page
                except Exception as error:  # noqa: BLE001 - the other customers go on
                    failed[change] = error
            for part in _packed(rows, FEED_AT_ONCE):
                failed |= self._move(part)
            left = {change: pages for change, pages in left.items() if change in rows and change not in failed}
        return failed

    def _move(self, rows: Rows) -> Failed:
        """Together; each customer alone, if they fail together for an unknown cause."""
        try:
            taken = {who: own for some in _packed(rows, AT_ONCE) for who, own in self._put(some).items()}
            first = next(iter(rows))
            self._feed.take(
                first.enterprise, bucket_of(first.customer_id), [row for own in taken.values() for row in own]
            )
        except Exception as error:  # noqa: BLE001 - the other customers go on
            if len(rows) == 1 or isinstance(error, Conflict | Unavailable):
                return dict.fromkeys(rows, error)
            # One of them is at fault: it alone is to come again.
            return {who: why for each in _packed(rows, 1) for who, why in self._move(each).items()}
        # Later events are published again after one that was not taken, so that a customer's last event comes last.
        return {change: Unavailable() for change, own in rows.items() if len(taken[change]) < len(own)}

    def _put(self, rows: Rows) -> Rows:
        """Publish some rows, at most ten. Returns of each customer those before the first that the bus did not take."""
        entries: list[Any] = [
            {
                "Source": SOURCE,
                "DetailType": row["type"]["S"],
                "Detail": row["detail"]["S"],
                "EventBusName": self._bus,
            }
            for own in rows.values()
            for row in own
        ]
        with named_faults(OutcomeUnknown):
            answers = iter(self._events.put_events(Entries=entries)["Entries"])
        taken = {change: [(row, next(answers)) for row in own] for change, own in rows.items()}
        return {
            change: [row for row, _ in takewhile(lambda pair: "EventId" in pair[1], pairs)]
            for change, pairs in taken.items()
        }


def _packed(rows: Rows, most: int) -> Iterator[Rows]:
    """Customers with at most so many rows together."""
    return map(dict, packed(rows.items(), (most, lambda each: len(each[1]))))


def outbox_of(record: Mapping[str, Any]) -> CustomerRef:
    """The customer whose outbox a stream's record is about."""
    return _customer_of(record["dynamodb"]["Keys"]["pk"]["S"])


def _customer_of(pk: str) -> CustomerRef:
    enterprise, _, customer_id = pk.partition("#")
    return CustomerRef(enterprise, customer_id)
