"""After an erasure: the person's history. It is removed, or it is scrubbed of the person and the books are kept.

A page is one transaction: what it removes, what it leaves in its place, and the progress of the sweep. A sweep that is
stopped goes on with what is still there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.canonical_json import canonical_json
from customers.domain.erasure.receipt import CONSISTENT
from customers.domain.erasure.scrub import is_of_books, scrubbed
from customers.domain.facts.history import EVENT_ENTRY
from customers.domain.identifiers.address import ProviderId
from customers.store.customers.pointers import pointer_key
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put, require
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.events.outbox import OUTBOX
from customers.store.facts.provider_holdings import HoldingsByProviderId
from customers.store.records.absorbed_rows import ABSORBED
from customers.store.records.account_rows import SUMMED
from customers.store.records.entry_hashes import with_offset
from customers.store.records.ledger_rows import LEDGER, SCRUBBED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 32
"""Rows in a transaction: at most three items each, and the job's own; DynamoDB takes a hundred."""
_STAYS = ("pointer", OUTBOX)
"""Stays: where the id leads, and events that are still to be published, which name customers by id only."""
_LINKED = {"S": "provider_id.linked"}
_LATER = (ABSORBED,)
"""Goes in `sweep_aliases`, with the phone that it holds."""


class HistorySweep:
    """Sweeps a person's rows in the Records table."""

    checks: Mapping[str, str] = {"records": CONSISTENT}

    def __init__(self, jobs: SweepJobs, records_table: str) -> None:
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._records = records_table
        self._holdings = HoldingsByProviderId(jobs.client, records_table, jobs.secret)

    @classmethod
    def connect(cls, jobs: SweepJobs) -> HistorySweep:
        """The table named by `RECORDS_TABLE`."""
        return cls(jobs, os.environ["RECORDS_TABLE"])

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """One page at a time, until nothing is left to do. Raises `Conflict`, `Unavailable`."""
        for customer_id in job.progress.ids:
            rows = self._to_do(job, customer_id)
            while page := list(islice(rows, AT_ONCE)):
                job = self._page(job, page)
                yield job

    def left(self, job: SweepJob) -> Iterator[Item]:
        """What is still to be swept; the pointer, if the customer is not erased. Raises `Unavailable`."""
        key = pointer_key(job.enterprise, job.customer_id)
        yield from (row for row in reads.get_all(self._client, self._records, [key]) if "erased_at" not in row)
        for customer_id in job.progress.ids:
            yield from self._to_do(job, customer_id)

    def rows(self, job: SweepJob, customer_id: str) -> Iterator[Item]:
        """All rows under an id, sorted by key, one page in memory at a time. Raises `Unavailable`."""
        return reads.query_all(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{job.enterprise}#{customer_id}"),
            ConsistentRead=True,
        )

    def _to_do(self, job: SweepJob, customer_id: str) -> Iterator[Item]:
        for row in self.rows(job, customer_id):
            sk = row["sk"]["S"]
            if sk.startswith(_STAYS) or (sk.startswith(_LATER) and customer_id == job.customer_id):
                continue
            if not job.keeps_books or _without_person(row) != row:
                yield row

    def _page(self, job: SweepJob, rows: Sequence[Item]) -> SweepJob:
        """One transaction."""
        taken, writes = job, list[Any]()
        for provider_id in dict.fromkeys(_provider_ids(row for row in rows if row.get("type") == _LINKED)):
            owner, given_up = self._give_up(job, provider_id)
            taken = taken.more(self._jobs.secret, "provider_ids", "removed", owner)
            writes += given_up
        taken = taken.naming(map(ProviderId, _provider_ids(rows)), self._jobs.secret)
        for row in rows:
            left = _without_person(row) if job.keeps_books else None
            left = with_offset(self._jobs.secret, job.enterprise, left, row) if left else None
            taken = taken.more(self._jobs.secret, store_of(row), "scrubbed" if left else "removed", [row])
            key = {"pk": row["pk"], "sk": row["sk"]}
            there = "attribute_exists(pk)"
            writes.append(put(self._records, left, there) if left else delete(self._records, key, there))
        return self._jobs.commit(job, taken, [*writes, self._is_erased(job)])

    def _is_erased(self, job: SweepJob) -> Any:
        """A customer whom a restore has brought back is a customer until the erasure is repeated.

        If that erasure keeps the books, an earlier hard delete must not remove them.
        """
        key, condition = pointer_key(job.enterprise, job.customer_id), "attribute_exists(erased_at)"
        if job.keeps_books:
            return require(self._records, key, condition)
        return require(self._records, key, f"{condition} AND outcome = :outcome", {":outcome": {"S": job.outcome}})

    def _give_up(self, job: SweepJob, provider_id: str) -> tuple[list[Item], list[Any]]:
        """From now on a pseudonym stands for the provider id, unless another customer owns it by now."""
        stored = self._holdings.of(job.enterprise, provider_id)
        link = stored.holdings.link
        if stored.row is None or link is None or link.customer_id not in job.progress.ids:
            return [], []
        freed = stored.holdings.freed(job.erased_at, job.erasure_id)
        return [stored.row], [*self._holdings.writes(stored, freed)]


def _without_person(row: Item) -> Item | None:
    """What is left of a row where the books are kept; None where nothing is left."""
    sk = row["sk"]["S"]
    if sk.startswith(LEDGER):
        kind, detail = row["type"]["S"], json.loads(row["detail"]["S"])
        left = scrubbed(kind, detail)
        if left == detail:
            return row
        # What is of the books is still folded.
        return {**row, "detail": {"S": canonical_json(left)}, **({} if is_of_books(kind) else SCRUBBED)}
    return row if sk.startswith(SUMMED) else None


def _provider_ids(rows: Iterable[Item]) -> Iterator[str]:
    """Those that entries of the ledger mention: refused facts may name the person by them. A phone that the person gave
    up has a row of its own, and the others are among the job's names.
    """
    for row in rows:
        if row["sk"]["S"].startswith(LEDGER) and not row["type"]["S"].startswith(EVENT_ENTRY):
            mentioned = json.loads(row["detail"]["S"]).get("provider_customer_id")
            if isinstance(mentioned, str):
                yield mentioned


def store_of(row: Item) -> str:
    """The kind of row, as the receipt names it."""
    kind = row["sk"]["S"].partition("#")[0]
    return "events" if kind == "ledger" and row["type"]["S"].startswith(EVENT_ENTRY) else kind
