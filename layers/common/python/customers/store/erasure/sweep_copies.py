"""After an erasure: copies (answers, sessions, links), reasons in the activity log, and search terms.

Rows of the Receipts table lead to the copies. They are written together with them, so nothing is missed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.erasure.receipt import CONSISTENT
from customers.domain.refusals import Unavailable
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.copy_leads import KINDS, Copies, leads, led_to
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, update
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.idempotency import answer_key
from customers.store.stats.derived_rows import note_key, note_of
from customers.store.stats.reconciler import Reconciler

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 45
"""Leads in a transaction: at most two items each, and the job's own; DynamoDB takes a hundred."""
Reconcile = Callable[[Sequence[CustomerRef]], dict[CustomerRef, Exception]]
_ROLES: dict[Copies, str] = {
    "answers": "RECEIPTS",
    "sessions": "SESSIONS",
    "links": "VERIFICATIONS",
    "activity": "ACTIVITY",
}


def tables_of_copies() -> dict[Copies, str]:
    """By what copies they hold the tables named by `RECEIPTS_TABLE`, `SESSIONS_TABLE`, `VERIFICATIONS_TABLE` and
    `ACTIVITY_TABLE`.
    """
    return {copies: os.environ[f"{role}_TABLE"] for copies, role in _ROLES.items()}


class CopiesSweep:
    """Removes copies of a person, and brings the Derived table up to date. Everything raises `Unavailable`."""

    checks: Mapping[str, str] = dict.fromkeys((*KINDS, "derived"), CONSISTENT)

    def __init__(self, jobs: SweepJobs, tables: Mapping[Copies, str], derived: str, reconcile: Reconcile) -> None:
        """`tables` by what copies they hold. That of the answers has the leads, too."""
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._tables = tables
        self._derived = derived
        self._reconcile = reconcile

    @classmethod
    def connect(cls, jobs: SweepJobs) -> CopiesSweep:
        """`tables_of_copies`, and the table named by `DERIVED_TABLE`."""
        return cls(jobs, tables_of_copies(), os.environ["DERIVED_TABLE"], Reconciler.connect().reconcile)

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """One page at a time. Raises `Conflict`."""
        found = self._leads(job)
        while page := list(islice(found, AT_ONCE)):
            job = self._page(job, page)
            yield job
        if self._reconcile([CustomerRef(job.enterprise, each) for each in job.progress.ids]):
            raise Unavailable
        yield job

    def left(self, job: SweepJob) -> Iterator[Item]:
        """What is still to be swept."""
        yield from self._leads(job)
        keys = [note_key(job.enterprise, each) for each in job.progress.ids]
        for row in reads.get_all(self._client, self._derived, keys):
            note = note_of(row)
            if note.terms or note.phone:
                yield row

    def _leads(self, job: SweepJob) -> Iterator[Item]:
        for customer_id in job.progress.ids:
            yield from leads(self._client, self._tables["answers"], job.enterprise, customer_id)

    def _page(self, job: SweepJob, page: Sequence[Item]) -> SweepJob:
        """One transaction: the copies that are still there, and the rows that lead to them."""
        taken = job
        writes = [delete(self._tables["answers"], {"pk": row["pk"], "sk": row["sk"]}) for row in page]
        for copies, rows in self._copies(page).items():
            worded = [row for row in rows if copies != "activity" or "reason" in row]
            swept = worded if copies == "activity" else [_key(copies, row["pk"]["S"]) for row in worded]
            taken = taken.more(self._jobs.secret, copies, "scrubbed" if copies == "activity" else "removed", swept)
            writes += [self._write(copies, row) for row in worded]
        return self._jobs.commit(job, taken, writes)

    def _copies(self, page: Sequence[Item]) -> dict[Copies, list[Item]]:
        """A session of a customer who was merged since may have two leads."""
        wanted: dict[Copies, dict[str, None]] = {copies: {} for copies in KINDS}
        for row in page:
            copies, pk = led_to(row)
            wanted[copies][pk] = None
        keys = {self._tables[copies]: [_key(copies, pk) for pk in each] for copies, each in wanted.items() if each}
        found = reads.get_from(self._client, keys)
        return {copies: found.get(self._tables[copies], []) for copies in KINDS}

    def _write(self, copies: Copies, row: Item) -> Any:
        """On condition that it is there, so that each is counted once."""
        table, key = self._tables[copies], _key(copies, row["pk"]["S"])
        if copies == "activity":
            return update(table, key, "REMOVE reason", "attribute_exists(reason)")
        return delete(table, key, "attribute_exists(pk)")


def _key(copies: Copies, pk: str) -> Item:
    return answer_key(pk) if copies == "answers" else {"pk": {"S": pk}}
