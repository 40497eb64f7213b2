"""After an erasure: removes the reasons from the activity log. The rest of each entry stays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from customers.domain.erasure.receipt import INDEXED
from customers.store.activity_log.rows import INDEXES, index_key
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import update
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 90
"""Rows in a transaction, beside the job's own."""


class ActivitySweep:
    """Removes the `reason` of every entry about the erased customer."""

    checks: Mapping[str, str] = {"activity": INDEXED}

    def __init__(self, jobs: SweepJobs, table: str) -> None:
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._table = table

    @classmethod
    def connect(cls, jobs: SweepJobs) -> ActivitySweep:
        """The table named by `ACTIVITY_TABLE`."""
        return cls(jobs, os.environ["ACTIVITY_TABLE"])

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """One page at a time. Raises `Conflict`, `Unavailable`."""
        rows = self._worded(job)
        while page := list(islice(rows, AT_ONCE)):
            taken = job.more(self._jobs.secret, "activity", "scrubbed", page)
            # On condition that the reason is there, so that each is counted once.
            writes = [
                update(self._table, {"pk": row["pk"]}, "REMOVE reason", "attribute_exists(reason)") for row in page
            ]
            job = self._jobs.commit(job, taken, writes)
            yield job

    def left(self, job: SweepJob) -> Iterator[Item]:
        """What is still to be swept. The index lags by a moment. Raises `Unavailable`."""
        return self._worded(job)

    def _worded(self, job: SweepJob) -> Iterator[Item]:
        for customer_id in job.progress.ids:
            name, value = index_key(job.enterprise, "customer_id", customer_id)
            rows = reads.query_all(
                self._client, TableName=self._table, IndexName=INDEXES["customer_id"], **reads.key_is(name, value)
            )
            yield from (row for row in rows if "reason" in row)
