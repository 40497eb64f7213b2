"""From the outbox to the bus: every committed event is published at least once, in order for each customer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import TYPE_CHECKING, Any

import boto3

from customers.domain.events.published import SOURCE
from customers.domain.refusals import OutcomeUnknown, Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.aws.queues import SHORTLY
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.events.feed import Feed
from customers.store.events.outbox import OUTBOX
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient

AT_ONCE = 10
"""The most events that one request takes."""


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

    def publish(self, changes: Sequence[CustomerRef]) -> dict[CustomerRef, Exception]:
        """Empty the outboxes of these customers. Returns those that could not be emptied, and why.

        A row moves to the feed after the bus has taken its event: a run that is stopped between the two publishes it
        on the bus again, and in the feed once.
        """
        failed: dict[CustomerRef, Exception] = {}
        for change in changes:
            try:
                for rows in self._waiting(change):
                    self._put(change, rows)
            except Exception as error:  # noqa: BLE001 - the other customers go on
                failed[change] = error
        return failed

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

    def _put(self, change: CustomerRef, rows: Sequence[Item]) -> None:
        """Publish some rows of one customer. Raises `Unavailable` at the first one that the bus did not take."""
        entries: list[Any] = [
            {
                "Source": SOURCE,
                "DetailType": row["type"]["S"],
                "Detail": row["detail"]["S"],
                "EventBusName": self._bus,
            }
            for row in rows
        ]
        with named_faults(OutcomeUnknown):
            answers = self._events.put_events(Entries=entries)["Entries"]
        taken = list(takewhile(lambda pair: "EventId" in pair[1], zip(rows, answers, strict=True)))
        self._feed.take(change, [row for row, _ in taken])
        if len(taken) < len(rows):
            # Later events are published again after this one, so that the last event of a customer comes last.
            raise Unavailable


def outbox_of(record: Mapping[str, Any]) -> CustomerRef:
    """The customer whose outbox a stream's record is about."""
    return _customer_of(record["dynamodb"]["Keys"]["pk"]["S"])


def _customer_of(pk: str) -> CustomerRef:
    enterprise, _, customer_id = pk.partition("#")
    return CustomerRef(enterprise, customer_id)
