"""Derived data is brought up to date: words, totals and days follow what the other tables hold.

A change only says where to look. What holds now is read, what it should contribute is compared with what has been noted
as contributed, and the difference is written together with the new note, provided that the note is as it was read. So
changes may come twice, late, in any order and any batch.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.refusals import Conflict, Unavailable
from customers.domain.stats.customer_refs import Bucket, CustomerRef
from customers.store.customers.batch_reader import Current
from customers.store.dynamodb import dynamo
from customers.store.stats.contributions import Share, customer_share, transaction_share, transaction_writes
from customers.store.stats.derived_rows import SHARDS, notes_partition
from customers.store.stats.reconciler_inputs import Readings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 100
"""Items that DynamoDB takes in one transaction; customers on a page of a bucket."""
ATTEMPTS = 5
"""Tries of a change in company, and as many alone, before it is given back."""
LONGEST_PAUSE = 0.2
"""Seconds between two tries."""
_RACED = {"None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
"""Reasons of a cancellation that another try, from another reading, may not meet."""


class Derived:
    """The Derived table, and the transactions' rows in which it is noted what has been counted."""

    def __init__(
        self, client: DynamoDBClient, derived: str, customers: str, records_table: str, enterprises: str
    ) -> None:
        self._client = client
        self._derived = derived
        self._records = records_table
        self._current = Current(client, customers, records_table)
        self._readings = Readings(client, derived, customers, records_table, enterprises)

    @classmethod
    def connect(cls) -> Derived:
        """The tables named by `DERIVED_TABLE`, `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `ENTERPRISES_TABLE`."""
        tables = (os.environ[f"{role}_TABLE"] for role in ("DERIVED", "CUSTOMERS", "RECORDS", "ENTERPRISES"))
        return cls(dynamo.connect(), *tables)

    def settle(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, Exception]:
        """Bring up to date what these changes concern. Gives back those that could not be settled, and why."""
        asked = list(dict.fromkeys(changes))
        try:
            failed = self._settle(asked)
            # In company nobody knows whose fault it was.
            for change in list(failed) if len(asked) > 1 else []:
                del failed[change]
                failed |= self._settle([change])
        except Unavailable as error:
            # Some may have been settled; to be settled again does them no harm.
            return dict.fromkeys(asked, error)
        return failed

    def page(self, bucket: Bucket) -> tuple[list[CustomerRef], Bucket | None]:
        """The next hundred customers of a bucket, gone ones among them, and where the others begin if there are any."""
        partition = {"S": notes_partition(bucket.enterprise, bucket.bucket)}
        asked: Any = {"ExclusiveStartKey": {"pk": partition, "sk": {"S": bucket.after}}} if bucket.after else {}
        with dynamo.answering():
            page = self._client.query(
                TableName=self._derived,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": partition},
                ProjectionExpression="sk",
                Limit=AT_ONCE,
                ConsistentRead=True,
                **asked,
            )
        changes = [CustomerRef(bucket.enterprise, row["sk"]["S"]) for row in page["Items"]]
        more = "LastEvaluatedKey" in page
        return changes, replace(bucket, after=changes[-1].customer_id) if more else None

    def _settle(self, changes: list[CustomerRef]) -> dict[CustomerRef, Exception]:
        """All of them together, until a reading finds nothing to write. Raises `Unavailable`."""
        pending, failed, raced = changes, dict[CustomerRef, Exception](), False
        try:
            for attempt in range(ATTEMPTS):
                if raced:
                    time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311 - jitter
                shares, unreadable = self._shares(pending)
                failed |= unreadable
                left, raced = list[CustomerRef](), False
                for pack in packs(shares):
                    written = self._write(pack)
                    raced |= not written
                    # A customer who was written is read once more. Another may meanwhile have read later facts, or
                    # later settings, and found that by those nothing was to be written: that leaves no trace.
                    left += [share.change for share in pack if not written or share.change.transaction is None]
                pending = left
                if not pending:
                    return failed
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the change comes again
            return failed | dict.fromkeys(pending, error)
        return failed | dict.fromkeys(pending, Conflict())

    def _shares(self, changes: Sequence[CustomerRef]) -> tuple[list[Share], dict[CustomerRef, Exception]]:
        """What there is to write for these changes; and those of which the rows cannot be understood."""
        customers = [change for change in changes if change.transaction is None]
        transactions = [change for change in changes if change.transaction is not None]
        read = self._readings.of(customers)
        made = {
            change: _made(
                customer_share,
                self._derived,
                change,
                read.notes.get(change),
                read.rows.get(change),
                read.thresholds[change.enterprise],
            )
            for change in customers
        }
        for change, row in self._current.transactions(transactions).items():
            made[change] = _made(transaction_share, self._records, change, row)
        shares = [each for each in made.values() if isinstance(each, Share)]
        return shares, {change: each for change, each in made.items() if isinstance(each, Exception)}

    def _write(self, pack: Sequence[Share]) -> bool:
        """One transaction; False if another writer was faster."""
        exceptions = self._client.exceptions
        writes = transaction_writes(self._derived, pack, shard=random.randrange(SHARDS))  # noqa: S311 - not a secret
        try:
            with dynamo.answering():
                self._client.transact_write_items(TransactItems=writes)
        except exceptions.TransactionCanceledException as error:
            if not _RACED.issuperset(reason.get("Code", "None") for reason in error.response["CancellationReasons"]):
                raise
            return False
        except (exceptions.TransactionConflictException, exceptions.TransactionInProgressException):
            return False
        return True


def _made(make: Callable[..., Share | None], *arguments: object) -> Share | Exception | None:
    """A row that cannot be understood is its own customer's trouble alone."""
    try:
        return make(*arguments)
    except Exception as error:  # noqa: BLE001
        return error


def packs(shares: Iterable[Share]) -> Iterator[list[Share]]:
    """As many of one enterprise as one transaction takes."""
    pack: list[Share] = []
    places: set[object] = set()
    items = 0
    for share in sorted(shares, key=lambda share: share.change.enterprise):
        more = len(share.writes) + len(share.adds.keys() - places)
        if pack and (share.change.enterprise != pack[0].change.enterprise or items + more > AT_ONCE):
            yield pack
            pack, places, items = [], set(), 0
            more = len(share.writes) + len(share.adds)
        pack.append(share)
        places |= share.adds.keys()
        items += more
    if pack:
        yield pack
