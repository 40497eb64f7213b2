"""After an erasure: what is kept of a person for a while only. Answers, sessions, links to verify, search terms."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.refusals import Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.erasure.sweep_jobs import Job, Jobs
from customers.store.idempotency import BY_CUSTOMER
from customers.store.stats.derived import Derived
from customers.store.stats.derived_rows import note_key, note_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 90
"""Rows in a transaction, beside the sweep's own."""
ERASE = "erase"
"""The operation whose answers stay: they hold nothing of a person, and whoever sends it again gets them again."""
Settle = Callable[[Sequence[CustomerRef]], dict[CustomerRef, Exception]]


class CopiesSweep:
    """Takes rows out of tables that have an index of whom each is about, and has the derived table follow."""

    def __init__(self, jobs: Jobs, tables: dict[str, str], derived: str, settle: Settle) -> None:
        """`tables` are those with the index, by the name that the receipt has for what they hold."""
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._tables = tables
        self._derived = derived
        self._settle = settle

    @classmethod
    def connect(cls, jobs: Jobs) -> CopiesSweep:
        """The tables named by `RECEIPTS_TABLE`, `SESSIONS_TABLE`, `VERIFICATIONS_TABLE` and `DERIVED_TABLE`."""
        tables = {"answers": "RECEIPTS", "sessions": "SESSIONS", "links": "VERIFICATIONS"}
        named = {store: os.environ[f"{role}_TABLE"] for store, role in tables.items()}
        return cls(jobs, named, os.environ["DERIVED_TABLE"], Derived.connect().settle)

    def pages(self, job: Job) -> Iterator[Job]:
        """Page after page. Raises `Conflict`, `Unavailable`."""
        for store, table in self._tables.items():
            keys = self._keys(job, table)
            while page := list(islice(keys, AT_ONCE)):
                taken = job.more(self._jobs.secret, store, "removed", page)
                job = self._jobs.commit(job, taken, [_gone(table, key) for key in page])
                yield job
        if self._settle([CustomerRef(job.enterprise, each) for each in job.swept.ids]):
            raise Unavailable
        yield job

    def left(self, job: Job) -> Iterator[Item]:
        """What a sweep has not done yet. The index lags by a moment: what was written last may be missing in it."""
        for table in self._tables.values():
            yield from self._keys(job, table)
        keys = [note_key(job.enterprise, each) for each in job.swept.ids]
        for row in dynamo.get_all(self._client, self._derived, keys):
            note = note_of(row)
            if note.terms or note.phone:
                yield row

    def _keys(self, job: Job, table: str) -> Iterator[Item]:
        for customer_id in job.swept.ids:
            pages = self._client.get_paginator("query").paginate(
                TableName=table,
                IndexName=BY_CUSTOMER,
                KeyConditionExpression="customer_key = :key",
                ExpressionAttributeValues={":key": {"S": f"{job.enterprise}#{customer_id}"}},
                ProjectionExpression="pk",
            )
            with dynamo.answering():
                for page in pages:
                    yield from (key for key in page["Items"] if not _is_ours(key))


def _is_ours(key: Item) -> bool:
    return str(key["pk"]["S"]).partition("#")[2].startswith(f"{ERASE}#")


def _gone(table: str, key: Item) -> Any:
    """On condition that it is there, so that it is counted once."""
    return {"Delete": {"TableName": table, "Key": key, "ConditionExpression": "attribute_exists(pk)"}}
