"""After an erasure: data that is kept for a while only: answers, sessions, verification links and search terms."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from customers.domain.erasure.receipt import CONSISTENT, INDEXED
from customers.domain.refusals import Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.idempotency import BY_CUSTOMER
from customers.store.stats.derived_rows import note_key, note_of
from customers.store.stats.reconciler import Reconciler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 90
"""Rows in a transaction, beside the job's own."""
ERASE = "erase"
"""The operation whose answers stay: they hold nothing personal, and a repeated request gets them again."""
Reconcile = Callable[[Sequence[CustomerRef]], dict[CustomerRef, Exception]]


class CopiesSweep:
    """Removes rows from the tables that are indexed by customer, and brings the Derived table up to date."""

    checks: Mapping[str, str] = {"answers": INDEXED, "sessions": INDEXED, "links": INDEXED, "derived": CONSISTENT}

    def __init__(self, jobs: SweepJobs, tables: dict[str, str], derived: str, reconcile: Reconcile) -> None:
        """`tables` are those with the index, by the name that the receipt gives their contents."""
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._tables = tables
        self._derived = derived
        self._reconcile = reconcile

    @classmethod
    def connect(cls, jobs: SweepJobs) -> CopiesSweep:
        """The tables named by `RECEIPTS_TABLE`, `SESSIONS_TABLE`, `VERIFICATIONS_TABLE` and `DERIVED_TABLE`."""
        tables = {"answers": "RECEIPTS", "sessions": "SESSIONS", "links": "VERIFICATIONS"}
        named = {store: os.environ[f"{role}_TABLE"] for store, role in tables.items()}
        return cls(jobs, named, os.environ["DERIVED_TABLE"], Reconciler.connect().reconcile)

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """One page at a time. Raises `Conflict`, `Unavailable`."""
        for store, table in self._tables.items():
            keys = self._keys(job, table)
            while page := list(islice(keys, AT_ONCE)):
                taken = job.more(self._jobs.secret, store, "removed", page)
                # On condition that they are there, so that each is counted once.
                job = self._jobs.commit(job, taken, [delete(table, key, "attribute_exists(pk)") for key in page])
                yield job
        if self._reconcile([CustomerRef(job.enterprise, each) for each in job.progress.ids]):
            raise Unavailable
        yield job

    def left(self, job: SweepJob) -> Iterator[Item]:
        """What is still to be swept. The index lags by a moment and may lack the last writes. Raises `Unavailable`."""
        for table in self._tables.values():
            yield from self._keys(job, table)
        keys = [note_key(job.enterprise, each) for each in job.progress.ids]
        for row in reads.get_all(self._client, self._derived, keys):
            note = note_of(row)
            if note.terms or note.phone:
                yield row

    def _keys(self, job: SweepJob, table: str) -> Iterator[Item]:
        for customer_id in job.progress.ids:
            keys = reads.query_all(
                self._client,
                TableName=table,
                IndexName=BY_CUSTOMER,
                **reads.key_is("customer_key", f"{job.enterprise}#{customer_id}"),
                ProjectionExpression="pk",
            )
            yield from (key for key in keys if not _is_erasure_answer(key))


def _is_erasure_answer(key: Item) -> bool:
    return str(key["pk"]["S"]).partition("#")[2].startswith(f"{ERASE}#")
