"""After an erasure: refused facts about the person, in the enterprise's list and in the operator's.

First it marks every address that the person had. A fact that is refused from then on sees the mark, and nothing of the
person is kept. Those refused before are found by strongly consistent queries, one for each address.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.erasure.progress import Action
from customers.domain.erasure.receipt import CONSISTENT
from customers.domain.identifiers.address import CustomerId
from customers.domain.identifiers.pseudonym import named
from customers.store.dynamodb import transactions
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.refused_facts.about_person import Read, RefusedFactsAboutPerson
from customers.store.refused_facts.rows import Mark, lead_row, named_key, names_of, removal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 16
"""Facts in a transaction: at most five items each, and the job's own; DynamoDB takes a hundred."""
MARKS_AT_ONCE = 50
Rewrite = Callable[[str, str], str | None]


class RefusedFactsSweep:
    """Sweeps the RefusedFacts table. Everything raises `Unavailable`."""

    checks: Mapping[str, str] = {"refused_facts": CONSISTENT}

    def __init__(self, jobs: SweepJobs, tables: tuple[str, str, str], read: Read, rewrite: Rewrite) -> None:
        """`tables` are those for refused facts, records and enterprises."""
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._table, *_ = tables
        self._about = RefusedFactsAboutPerson(jobs.client, tables, jobs.secret, read)
        self._rewrite = rewrite

    @classmethod
    def connect(cls, jobs: SweepJobs, read: Read, rewrite: Rewrite) -> RefusedFactsSweep:
        """The tables named by `REFUSED_FACTS_TABLE`, `RECORDS_TABLE` and `ENTERPRISES_TABLE`."""
        tables = (os.environ["REFUSED_FACTS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["ENTERPRISES_TABLE"])
        return cls(jobs, tables, read, rewrite)

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """Marks the addresses, then one page at a time. A fact that is kept for the books names the customer by id.

        Raises `Conflict`.
        """
        names = self._names(job)
        unmarked = self._unmarked(job, names)
        for start in range(0, len(unmarked), MARKS_AT_ONCE):
            marks = unmarked[start : start + MARKS_AT_ONCE]
            ids, keeps = job.progress.ids, job.keeps_books
            writes = [mark.put(self._table, job.customer_id, ids, keeps_books=keeps) for mark in marks]
            transactions.commit(self._client, writes)
        found = self._found(job, names)
        while page := list(islice(found, AT_ONCE)):
            job = self._page(job, page)
            yield job

    def left(self, job: SweepJob) -> Iterator[Any]:
        """What a sweep would do now: addresses to mark, and facts to remove or rewrite."""
        names = self._names(job)
        yield from self._unmarked(job, names)
        yield from self._found(job, names)

    def _names(self, job: SweepJob) -> list[str]:
        """The pseudonyms of all addresses: phones, provider ids and ids."""
        ids = (named(self._jobs.secret, job.enterprise, CustomerId(each)) for each in job.progress.ids)
        return [*dict.fromkeys((*job.progress.names, *ids))]

    def _unmarked(self, job: SweepJob, names: Sequence[str]) -> list[Mark]:
        return [mark for mark in self._about.marks.of(job.enterprise, names) if job.customer_id not in mark.erased]

    def _found(self, job: SweepJob, names: Sequence[str]) -> Iterator[tuple[Item, str | None]]:
        """Each refused fact about the person once, and the text to keep in its place."""
        for row in self._about.of(job.enterprise, names, job.progress.ids):
            body = row["body"]["S"]
            left = self._rewrite(body, job.customer_id) if job.keeps_books else None
            if left != body:
                yield row, left

    def _page(self, job: SweepJob, page: Sequence[tuple[Item, str | None]]) -> SweepJob:
        taken, writes = job, list[Any]()
        for row, left in page:
            action: Action = "removed" if left is None else "rewritten"
            taken = taken.more(self._jobs.secret, "refused_facts", action, [row])
            writes += removal(self._table, row) if left is None else self._rewriting(job, row, left)
        return self._jobs.commit(job, taken, writes)

    def _rewriting(self, job: SweepJob, row: Item, left: str) -> Iterator[Any]:
        """The text without the person, which only the customer's id leads to."""
        name = named(self._jobs.secret, job.enterprise, CustomerId(job.customer_id))
        rewritten = {**row, "body": {"S": left}, "names": {"L": [{"S": name}]}}
        yield put(self._table, rewritten, "attribute_exists(pk)")
        for each in names_of(row):
            if each != name:
                yield delete(self._table, named_key(job.enterprise, each, row["sk"]["S"]))
        yield put(self._table, lead_row(job.enterprise, name, rewritten))
