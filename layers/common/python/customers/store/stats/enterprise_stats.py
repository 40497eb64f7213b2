"""Stats of an enterprise: one query of the Derived table for each kind of sum, however many customers it has."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from customers.domain.stats.contributions import TOTALS, Place
from customers.domain.stats.enterprise_totals import NOTHING, Period, Sums, added_up, still_locked
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.stats.sum_rows import first_of_block, sums_of, sums_partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_END = "~"
"""Sorts after every date and every shard."""


@dataclass(frozen=True, slots=True)
class CustomerDays:
    """What the rows of badge days hold."""

    badges: Mapping[date, Sums]
    """The badges that change on each day after today: at most 92 days, when tomorrow's visits are 90 days old."""
    active: Mapping[date, Sums]
    """`active_customers` of each day: of the last 90 days with today, perhaps of some before that are over."""


class EnterpriseStats:
    """One request for each method: a year of days fits into the megabyte of one answer. They raise `Unavailable`.

    The sums lag behind the stream anyway, so the reads are eventually consistent, at half the price.
    """

    def __init__(self, client: DynamoDBClient, derived: str) -> None:
        self._client = client
        self._derived = derived

    @classmethod
    def connect(cls) -> EnterpriseStats:
        """The table named by `DERIVED_TABLE`."""
        return cls(connect(), os.environ["DERIVED_TABLE"])

    def totals(self, enterprise: str) -> Sums:
        """The sums over all customers."""
        return self._read(enterprise, TOTALS, "0", _END).get("", NOTHING)

    def customer_days(self, enterprise: str, today: date) -> CustomerDays:
        """The badges of the coming days and the active customers of the last ones: they are in the same rows."""
        tomorrow = today + timedelta(days=1)
        days: dict[str, dict[date, Sums]] = {"badges": {}, "active": {}}
        for place, counts in self._sums(enterprise, Place.badges(""), first_of_block(tomorrow), _END).items():
            days[place.kind][date.fromisoformat(place.date)] = counts
        # The first row also has days that are over.
        return CustomerDays({day: each for day, each in days["badges"].items() if day >= tomorrow}, days["active"])

    def locked(self, enterprise: str, now: datetime) -> Sums:
        """The locked money that ends some time after `now`.

        Two requests: the days of ends from today (UTC) on, and the instants of today that have passed. What ended on
        earlier days is never read.
        """
        today, second = now.date().isoformat(), now.replace(microsecond=0, tzinfo=None).isoformat()
        ends_on = _dated(self._read(enterprise, Place.locked(today), today, _END))
        ended = self._read(enterprise, Place.locked_at(today), today, second + _END)
        return still_locked(ends_on, added_up(ended))

    def days(self, enterprise: str, period: Period, branch_id: str | None) -> Mapping[date, Sums]:
        """The days of a period on which something happened, at one branch or in the whole enterprise."""
        first, last = period.first.isoformat(), period.last.isoformat()
        return _dated(self._read(enterprise, Place.day(first, branch_id), first, last + _END))

    def _read(self, enterprise: str, place: Place, first: str, last: str) -> dict[str, Sums]:
        """The sums of one kind whose sort keys are in a range, by date."""
        return {each.date: counts for each, counts in self._sums(enterprise, place, first, last).items()}

    def _sums(self, enterprise: str, place: Place, first: str, last: str) -> Mapping[Place, Sums]:
        """All sums of a partition whose sort keys are in a range."""
        sums: defaultdict[Place, Counter[str]] = defaultdict(Counter)
        for row in self._rows(sums_partition(enterprise, place), first, last):
            for each, counts in sums_of(row).items():
                sums[each].update(counts)
        return sums

    def _rows(self, partition: str, first: str, last: str) -> Iterator[Item]:
        return reads.query_all(
            self._client,
            TableName=self._derived,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={":pk": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
        )


def _dated(sums: Mapping[str, Sums]) -> dict[date, Sums]:
    return {date.fromisoformat(day): counters for day, counters in sums.items()}
