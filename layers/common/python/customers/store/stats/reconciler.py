"""Keeps the Derived table up to date: search terms, totals and days follow what the other tables hold.

A change only says where to look. What holds now is read, its contribution is compared with the one that is noted, and
the difference is written together with the new note, if the note is still as it was read. So changes may come twice,
late, in any order and in any batch.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.refusals import Conflict, Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.retries import retry_on_conflict
from customers.store.customers.batch_reader import BatchReader
from customers.store.dynamodb import transactions
from customers.store.dynamodb.client import connect
from customers.store.stats.batches import batches
from customers.store.stats.contributions import (
    Contribution,
    customer_contribution,
    transaction_contribution,
    transaction_writes,
)
from customers.store.stats.derived_rows import SHARDS
from customers.store.stats.reconciler_inputs import ReconcilerInputs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 5
"""Attempts of a change together with others, and as many alone, before it is returned."""
LONGEST_PAUSE = 0.2
"""Seconds between two attempts."""


class Reconciler:
    """Writes the Derived table, and notes in the transactions' rows what has been counted."""

    def __init__(
        self,
        client: DynamoDBClient,
        derived: str,
        customers: str,
        records_table: str,
        enterprises: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._clock = clock
        self._derived = derived
        self._records = records_table
        self._reader = BatchReader(client, customers, records_table)
        self._inputs = ReconcilerInputs(client, derived, customers, records_table, enterprises)

    @classmethod
    def connect(cls) -> Reconciler:
        """The tables named by `DERIVED_TABLE`, `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `ENTERPRISES_TABLE`."""
        derived, customers, records_table, enterprises = (
            os.environ[f"{role}_TABLE"] for role in ("DERIVED", "CUSTOMERS", "RECORDS", "ENTERPRISES")
        )
        return cls(connect(), derived, customers, records_table, enterprises)

    def reconcile(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, Exception]:
        """Bring up to date what these changes are about. Returns those that failed, and why."""
        wanted = list(dict.fromkeys(changes))
        try:
            failed = self._reconcile(wanted)
            # A failed batch does not say which of its changes was at fault.
            for change in list(failed) if len(wanted) > 1 else []:
                del failed[change]
                failed |= self._reconcile([change])
        except Unavailable as error:
            # Some may be up to date; a second time does them no harm.
            return dict.fromkeys(wanted, error)
        return failed

    def _reconcile(self, changes: list[CustomerRef]) -> dict[CustomerRef, Exception]:
        """All of them together, until a reading finds nothing to write. Raises `Unavailable`."""
        pending, failed = changes, dict[CustomerRef, Exception]()

        def attempt() -> None:
            nonlocal pending
            for _ in range(ATTEMPTS):
                contributions, unreadable = self._contributions(pending)
                failed.update(unreadable)
                pending, overtaken = self._write_all(contributions)
                if not pending:
                    return
                if overtaken:
                    break
            raise Conflict

        try:
            retry_on_conflict(attempt, ATTEMPTS, longest_pause=LONGEST_PAUSE)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the change comes again
            return failed | dict.fromkeys(pending, error)
        return failed

    def _contributions(self, changes: Sequence[CustomerRef]) -> tuple[list[Contribution], dict[CustomerRef, Exception]]:
        """What there is to write for these changes; and those whose rows cannot be read."""
        customers = [change for change in changes if change.transaction is None]
        transactions = [change for change in changes if change.transaction is not None]
        # The clock is read first: a customer counts as of an instant before the rows.
        now = self._clock()
        read = self._inputs.of(customers, transactions)
        made = {
            change: _made(
                customer_contribution,
                self._derived,
                self._records,
                change,
                read.notes.get(change),
                read.rows.get(change),
                read.rules[change.enterprise],
                read.absorbed.get(change),
                now,
            )
            for change in customers
        }
        for change, row in self._reader.transactions(transactions).items():
            made[change] = _made(
                transaction_contribution, self._records, change, row, read.rules[change.enterprise].time_zone
            )
        contributions = [each for each in made.values() if isinstance(each, Contribution)]
        return contributions, {change: each for change, each in made.items() if isinstance(each, Exception)}

    def _write_all(self, contributions: Sequence[Contribution]) -> tuple[list[CustomerRef], bool]:
        """The changes that have to be read again, and whether another writer was faster."""
        left, overtaken = list[CustomerRef](), False
        for batch in batches(contributions):
            written = self._write(batch)
            overtaken |= not written
            # A customer who was written is read once more. Another run may meanwhile have read later facts, or later
            # settings, and found that by those nothing was to be written: that leaves no trace.
            left += [each.change for each in batch if not written or each.change.transaction is None]
        return left, overtaken

    def _write(self, batch: Sequence[Contribution]) -> bool:
        """One transaction; False if another writer was faster."""
        writes = transaction_writes(self._derived, batch, shard=random.randrange(SHARDS))  # noqa: S311 - not a secret
        try:
            transactions.commit(self._client, writes)
        except Conflict:
            return False
        return True


def _made(make: Callable[..., Contribution | None], *arguments: Any) -> Contribution | Exception | None:
    """A row that cannot be read fails its own customer only."""
    try:
        return make(*arguments)
    except Exception as error:  # noqa: BLE001 - returned, not hidden
        return error
