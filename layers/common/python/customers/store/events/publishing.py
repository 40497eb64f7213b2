"""From the outbox to the bus: what has been committed is published, in order for each customer, at least once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import boto3

from customers.domain.refusals import Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.aws.queues import SHORTLY
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.events.outbox import OUTBOX
from customers.store.stats.changes import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient

SOURCE = "customers"
"""Not one that the rule of the facts takes: what is published here does not come back."""
AT_ONCE = 10
"""Events that one request takes."""


class Outbox:
    """The rows of the Records table that wait to be published."""

    def __init__(self, client: DynamoDBClient, records_table: str, events: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._records = records_table
        self._events = events
        self._bus = bus

    @classmethod
    def connect(cls) -> Outbox:
        """The table named by `RECORDS_TABLE`, the bus named by `BUS`."""
        events = boto3.client("events", config=SHORTLY)
        return cls(dynamo.connect(), os.environ["RECORDS_TABLE"], events, os.environ["BUS"])

    def publish(self, changes: Sequence[CustomerRef]) -> dict[CustomerRef, Exception]:
        """Empty the outboxes of these customers. Gives back those that could not be emptied, and why.

        A row goes only after the bus has taken its event: whoever is stopped between the two publishes it again.
        """
        failed: dict[CustomerRef, Exception] = {}
        for change in changes:
            try:
                for rows in self._waiting(change):
                    self._put(rows)
            except Exception as error:  # noqa: BLE001 - this customer's own: the others go on
                failed[change] = error
        return failed

    def customers(self) -> Iterator[CustomerRef]:
        """Whoever has something waiting. Reads the whole table, page by page: for a person's commands only."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._records,
            FilterExpression="begins_with(sk, :outbox)",
            ExpressionAttributeValues={":outbox": {"S": OUTBOX}},
            ProjectionExpression="pk",
            ConsistentRead=True,
        )
        seen = None
        for page in pages:
            for row in page["Items"]:
                # Rows of one customer come one after another.
                if row["pk"]["S"] != seen:
                    seen = row["pk"]["S"]
                    yield _whose(seen)

    def _waiting(self, change: CustomerRef) -> Iterator[list[Item]]:
        """Strongly consistent, the first to be recorded first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._records,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :outbox)",
            ExpressionAttributeValues={
                ":pk": {"S": f"{change.enterprise}#{change.customer_id}"},
                ":outbox": {"S": OUTBOX},
            },
            ConsistentRead=True,
            PaginationConfig={"PageSize": AT_ONCE},
        )
        for page in pages:
            if page["Items"]:
                yield page["Items"]

    def _put(self, rows: Sequence[Item]) -> None:
        """Publish some rows of one customer and take them out. Raises `Unavailable` at the first that is not taken."""
        entries: list[Any] = [
            {
                "Source": SOURCE,
                "DetailType": row["type"]["S"],
                "Detail": row["detail"]["S"],
                "EventBusName": self._bus,
            }
            for row in rows
        ]
        answers = self._events.put_events(Entries=entries)["Entries"]
        for row, answer in zip(rows, answers, strict=True):
            if "EventId" not in answer:
                # What came after it is published once more, so that its order holds for whoever takes the last word.
                raise Unavailable
            self._client.delete_item(TableName=self._records, Key={"pk": row["pk"], "sk": row["sk"]})


def outbox_of(record: Record) -> CustomerRef:
    """Whose outbox a stream's record tells of."""
    return _whose(record["dynamodb"]["Keys"]["pk"]["S"])


def _whose(pk: str) -> CustomerRef:
    enterprise, _, customer_id = pk.partition("#")
    return CustomerRef(enterprise, customer_id)
