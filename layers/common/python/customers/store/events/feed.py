"""Moves published events from the outbox into the feed: each once, numbered without gaps."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from customers.retries import retry_on_conflict
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import AT_ONCE, ConditionFailed, delete, put
from customers.store.events.feed_rows import Head, event_row, head_key, head_of, head_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 10
"""Publishers of one bucket take turns. One that is overtaken so often leaves its events in the outbox."""
MOST = (AT_ONCE - 1) // 2
"""Events in a transaction: two writes each, and the row of the last number."""
_TICK = timedelta(microseconds=1)
_NO_EVENT = Head(0, datetime(1970, 1, 1, tzinfo=UTC))


class Feed:
    """Writes the feed's rows of the Derived table, and removes those of the outbox in the same transaction."""

    def __init__(
        self,
        client: DynamoDBClient,
        derived: str,
        records_table: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._derived = derived
        self._records = records_table
        self._clock = clock

    @classmethod
    def connect(cls) -> Feed:
        """The tables named by `DERIVED_TABLE` and `RECORDS_TABLE`."""
        return cls(connect(), os.environ["DERIVED_TABLE"], os.environ["RECORDS_TABLE"])

    def take(self, enterprise: str, bucket: str, rows: Sequence[Item]) -> None:
        """Take outbox rows of customers of a bucket, at most `MOST`; of each customer oldest first.

        One that another run has taken is left out.

        Raises `Conflict` where others are faster all the time, and `Unavailable`.
        """
        waiting = list(rows)

        def attempt() -> None:
            nonlocal waiting
            if not waiting:
                return
            try:
                transactions.commit(self._client, self._writes(enterprise, bucket, waiting))
            except ConditionFailed as failed:
                # The head is first, then each event has two writes. Only the second, its removal from the outbox, has a
                # condition; the head's place gives the number of no row.
                gone = {position // 2 - 1 for position in failed.positions}
                waiting = [row for number, row in enumerate(waiting) if number not in gone]
                raise

        retry_on_conflict(attempt, ATTEMPTS)

    def _writes(self, enterprise: str, bucket: str, rows: Sequence[Item]) -> list[Any]:
        row = reads.get(self._client, self._derived, head_key(enterprise, bucket))
        head = head_of(row) if row else _NO_EVENT
        # Instants rise with the numbers, also where a clock is behind that of the last publisher.
        first = max(self._clock(), head.at + _TICK)
        last = Head(head.number + len(rows), first + (len(rows) - 1) * _TICK)
        writes = [self._move_head(head, head_row(enterprise, bucket, last))]
        for position, each in enumerate(rows):
            number, at = head.number + 1 + position, first + position * _TICK
            outbox = {"pk": each["pk"], "sk": each["sk"]}
            writes.append(put(self._derived, event_row(enterprise, bucket, number, each, at)))
            writes.append(delete(self._records, outbox, "attribute_exists(pk)"))
        return writes

    def _move_head(self, before: Head, row: Item) -> Any:
        if before is _NO_EVENT:
            return put(self._derived, row, "attribute_not_exists(pk)")
        values = {":before": {"N": str(before.number)}}
        return put(self._derived, row, "#number = :before", values, {"#number": "number"})
