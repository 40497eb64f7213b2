"""Writes entries of the activity log one by one, and reads them in pages, newest first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from customers.domain.activity_log import ActivityEntry, ActivityPage
from customers.domain.instants import sortable_instant
from customers.retries import retry_on_conflict
from customers.store.activity_log.rows import CUSTOMERS, INDEXES, activity_note, customers_of, entry_of, index_key
from customers.store.activity_log.unerased import if_unerased
from customers.store.customers.pointers import pointer_key
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


ATTEMPTS = 5


class ActivityLog:
    """Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, table: str, records: str, days: int) -> None:
        self._client = client
        self._table = table
        self._records = records
        self._days = days

    @classmethod
    def connect(cls) -> ActivityLog:
        """The tables named by `ACTIVITY_TABLE` and `RECORDS_TABLE`; entries are kept for `ACTIVITY_DAYS`."""
        days = int(os.environ["ACTIVITY_DAYS"])
        return cls(connect(), os.environ["ACTIVITY_TABLE"], os.environ["RECORDS_TABLE"], days)

    def note(self, enterprise: str, entry: ActivityEntry) -> None:
        """Writes an entry, in one request. An entry that was committed with its effect stays as it is.

        With words about a customer, one or two requests more find out whether the customer has been erased. Then the
        sweep may have ended already, so the words are left out. They are written on condition that this has not
        changed. Raises `Conflict`, `Unavailable`.
        """
        retry_on_conflict(lambda: self._note(enterprise, entry), ATTEMPTS)

    def _note(self, enterprise: str, entry: ActivityEntry) -> None:
        unerased: list[Any] | None = []
        if entry.reason is not None and (customers := customers_of(entry)):
            unerased = if_unerased(self._client, self._records, enterprise, customers)
        if unerased is None:
            entry = replace(entry, reason=None)
        writes = [*activity_note(enterprise, entry), *(unerased or ())]
        # If the entry exists, all is done. At any other position a customer has changed.
        transactions.commit_once(self._client, writes)

    def page(
        self, enterprise: str, by: tuple[str, str] | None, limit: int, after: str | None, now: datetime
    ) -> ActivityPage:
        """A page of the enterprise, or of one `by`: a kind in `INDEXES`, and its value.

        The index lists the entries, and lags by a moment. Their rows are then read with strong consistency, with the
        pointers of their customers: the reason of an entry about an erased customer is not shown.
        """
        index = self._index(enterprise, by, limit, after, now)
        found = index["Items"]
        customers = {row[name]["S"] for row in found for name in CUSTOMERS if name in row}
        rows = reads.get_from(
            self._client,
            {
                self._table: [{"pk": row["pk"]} for row in found],
                self._records: [pointer_key(enterprise, each) for each in sorted(customers)],
            },
        )
        gone = self._gone(enterprise, customers, rows[self._records])
        kept = {row["pk"]["S"]: row for row in rows[self._table]}
        entries = [entry_of(kept[row["pk"]["S"]]) for row in found if row["pk"]["S"] in kept]
        more = found[-1]["place"]["S"] if "LastEvaluatedKey" in index else None
        return ActivityPage([_silent(each, gone) for each in entries], more)

    def of_customer(self, enterprise: str, customer_id: str) -> Iterator[ActivityEntry]:
        """All entries about a customer, newest first, read while they are iterated."""
        name, value = index_key(enterprise, "customer_id", customer_id)
        pages = reads.query_all(
            self._client,
            TableName=self._table,
            IndexName=INDEXES["customer_id"],
            **reads.key_is(name, value),
            ScanIndexForward=False,
        )
        yield from map(entry_of, pages)

    def _index(self, enterprise: str, by: tuple[str, str] | None, limit: int, after: str | None, now: datetime) -> Any:
        kind, value = by or (None, "")
        name, key = index_key(enterprise, kind, value)
        # DynamoDB removes expired rows only some time later.
        oldest = sortable_instant(now - timedelta(days=self._days))
        start: dict[str, Any] = {}
        if after is not None:
            at = {"pk": {"S": f"{enterprise}#{after.partition('#')[2]}"}, name: {"S": key}, "place": {"S": after}}
            start = {"ExclusiveStartKey": at}
        return reads.query_page(
            self._client,
            TableName=self._table,
            IndexName=INDEXES[kind],
            KeyConditionExpression=f"{name} = :key AND place >= :oldest",
            ExpressionAttributeValues={":key": {"S": key}, ":oldest": {"S": oldest}},
            ProjectionExpression="pk, place, customer_id, absorbed_customer_id, other_customer_id",
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )

    def _gone(self, enterprise: str, customers: set[str], pointers: Sequence[Item]) -> set[str]:
        """The customers that are erased, themselves or with their survivor."""
        merged = {_customer(row): row["merged_into"]["S"] for row in pointers if "merged_into" in row}
        gone = {_customer(row) for row in pointers if "erased_at" in row}
        # An id without a pointer does not exist, or its customer is being swept.
        gone |= customers - {_customer(row) for row in pointers}
        if merged:
            survivors = set(merged.values())
            rows = reads.get_all(self._client, self._records, [pointer_key(enterprise, each) for each in survivors])
            erased = self._gone(enterprise, survivors, rows)
            gone |= {customer for customer, survivor in merged.items() if survivor in erased}
        return gone


def _customer(pointer: Mapping[str, Any]) -> str:
    return str(pointer["pk"]["S"].partition("#")[2])


def _silent(entry: ActivityEntry, gone: set[str]) -> ActivityEntry:
    return replace(entry, reason=None) if gone.intersection(customers_of(entry)) else entry
