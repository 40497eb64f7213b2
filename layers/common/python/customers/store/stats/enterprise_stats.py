"""The sums of the Derived table, read by who shows them: a query for each kind, whatever an enterprise has counted."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from customers.domain.stats.contributions import TOTALS, Place
from customers.domain.stats.figures import NOTHING, Period, Sums
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.stats.derived_rows import counters_of, place_of, sums_partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_END = "~"
"""Sorts after every date and every shard."""


class Stats:
    """Each reading is one request: a year's days fit the megabyte that DynamoDB gives at once. Raises `Unavailable`.

    The sums lag behind the stream anyway, so they are read at half the price: eventually consistent.
    """

    def __init__(self, client: DynamoDBClient, derived: str) -> None:
        self._client = client
        self._derived = derived

    @classmethod
    def connect(cls) -> Stats:
        """The table named by `DERIVED_TABLE`."""
        return cls(dynamo.connect(), os.environ["DERIVED_TABLE"])

    def totals(self, enterprise: str) -> Sums:
        """Of all customers."""
        return self._read(enterprise, TOTALS, "0", _END).get("", NOTHING)

    def badge_days(self, enterprise: str, today: date) -> Mapping[date, Sums]:
        """Of the days after today. There are at most 92: by then the visits of tomorrow are 90 days old."""
        tomorrow = (today + timedelta(days=1)).isoformat()
        return _dated(self._read(enterprise, Place.badges(tomorrow), tomorrow, _END))

    def days(self, enterprise: str, period: Period, branch_id: str | None) -> Mapping[date, Sums]:
        """Of those days of a period on which something happened, at one of the branches or in all of the enterprise."""
        first, last = period.first.isoformat(), period.last.isoformat()
        return _dated(self._read(enterprise, Place.day(first, branch_id), first, last + _END))

    def _read(self, enterprise: str, place: Place, first: str, last: str) -> dict[str, Counter[str]]:
        """By date, the sums of one kind whose sort keys are in a range."""
        sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in self._rows(sums_partition(enterprise, place), first, last):
            sums[place_of(row).date].update(counters_of(row))
        return sums

    def _rows(self, partition: str, first: str, last: str) -> Iterator[Item]:
        asked: dict[str, Any] = {
            "TableName": self._derived,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
        }
        while True:
            with dynamo.answering():
                page = self._client.query(**asked)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _dated(sums: Mapping[str, Sums]) -> dict[date, Sums]:
    return {date.fromisoformat(day): counters for day, counters in sums.items()}
