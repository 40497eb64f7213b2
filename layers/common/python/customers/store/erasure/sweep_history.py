"""After an erasure: the history of the person. Removed, or the person taken out of it and the books kept.

A page is one transaction: what it takes away, what it leaves in its place, and how far that brings the sweep. Whoever
is stopped goes on with what is still there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from customers.domain.erasure.scrub import is_of_books, scrubbed
from customers.domain.events.recorded import ENTRY
from customers.domain.identifiers.address import ProviderId
from customers.domain.refusals import Unavailable
from customers.domain.stats.contributions import Counts, figures, total
from customers.domain.stats.customer_refs import CustomerRef
from customers.store import records
from customers.store.customers.rows import Item, canonical_json
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put
from customers.store.erasure.sweep_jobs import Job, Jobs
from customers.store.events.outbox import OUTBOX
from customers.store.facts.identifier_holders import Formers
from customers.store.stats.derived import Derived
from customers.store.stats.derived_rows import counted_of
from customers.store.stats.erased_contributions import add_gone

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 32
"""Rows in a transaction: at most three items each, and the sweep's own; DynamoDB takes a hundred."""
_STAYS = ("pointer", OUTBOX)
"""Where the id leads; and what is still to be published, which names nobody but by id."""
_LATER = (records.ABSORBED,)
"""Goes with the phone that it holds."""
Settle = Callable[[Sequence[CustomerRef]], dict[CustomerRef, Exception]]


class HistorySweep:
    """Takes the Records rows of a person."""

    def __init__(self, jobs: Jobs, records_table: str, derived: str, settle: Settle) -> None:
        self._client: DynamoDBClient = jobs.client
        self._jobs = jobs
        self._records = records_table
        self._derived = derived
        self._settle = settle
        self._formers = Formers(jobs.client, records_table, jobs.secret)

    @classmethod
    def connect(cls, jobs: Jobs) -> HistorySweep:
        """The tables named by `RECORDS_TABLE` and `DERIVED_TABLE`, and those that the latter is derived from."""
        return cls(jobs, os.environ["RECORDS_TABLE"], os.environ["DERIVED_TABLE"], Derived.connect().settle)

    def pages(self, job: Job) -> Iterator[Job]:
        """Page after page until there is nothing left to do. Raises `Conflict`, `Unavailable`."""
        for customer_id in job.swept.ids:
            rows = self._to_do(job, customer_id)
            while page := list(islice(rows, AT_ONCE)):
                job = self._page(job, customer_id, page)
                yield job

    def left(self, job: Job) -> Iterator[Item]:
        """What a sweep has not done yet: nothing, once it is through. Who is not erased is all there."""
        key = records.record_key(job.enterprise, job.customer_id, "pointer")
        yield from (row for row in dynamo.get_all(self._client, self._records, [key]) if "erased_at" not in row)
        for customer_id in job.swept.ids:
            yield from self._to_do(job, customer_id)

    def rows(self, job: Job, customer_id: str) -> Iterator[Item]:
        """All that lies under an id, in the order of its keys, a page in memory at a time."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._records,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{job.enterprise}#{customer_id}"}},
            ConsistentRead=True,
        )
        with dynamo.answering():
            for page in pages:
                yield from page["Items"]

    def _to_do(self, job: Job, customer_id: str) -> Iterator[Item]:
        for row in self.rows(job, customer_id):
            sk = row["sk"]["S"]
            if sk.startswith((*_STAYS, *_LATER)):
                continue
            if not job.keeps_books or _without_person(row) != row:
                yield row

    def _page(self, job: Job, customer_id: str, rows: Sequence[Item]) -> Job:
        """One transaction, and before it whatever the figures have not counted yet."""
        if not job.keeps_books:
            rows = self._counted(job, customer_id, rows)
        taken, writes = job, list[Any]()
        linked = {each: row for row in rows if (each := _provider_id(row))}
        for provider_id in linked:
            owner, given_up = self._give_up(job, provider_id)
            taken = taken.more(self._jobs.secret, "provider_ids", "removed", owner)
            writes += given_up
        for row in rows:
            left = _without_person(row) if job.keeps_books else None
            taken = taken.more(self._jobs.secret, store_of(row), "scrubbed" if left else "removed", [row])
            writes.append(put(self._records, left, *_as_read(row)) if left else self._gone(row))
        gone = add_gone(self._derived, job.enterprise, _shares(job, rows))
        return self._jobs.commit(job, taken, [*writes, *gone, self._is_erased(job)])

    def _is_erased(self, job: Job) -> Any:
        """Whoever has come back with a backup is a customer like others until they are erased again."""
        return {
            "ConditionCheck": {
                "TableName": self._records,
                "Key": records.record_key(job.enterprise, job.customer_id, "pointer"),
                "ConditionExpression": "attribute_exists(erased_at)",
            }
        }

    def _counted(self, job: Job, customer_id: str, rows: Sequence[Item]) -> Sequence[Item]:
        """As they are once the figures hold each of them: what a day took stays in its sum."""
        late = [row for row in rows if "uncounted" in row]
        if not late:
            return rows
        changes = [CustomerRef(job.enterprise, customer_id, row["sk"]["S"]) for row in late]
        if self._settle(changes):
            raise Unavailable
        keys = [{"pk": row["pk"], "sk": row["sk"]} for row in rows]
        return dynamo.get_all(self._client, self._records, keys)

    def _give_up(self, job: Job, provider_id: str) -> tuple[list[Item], list[Any]]:
        """Whose it was is known by a pseudonym from now on, unless it is another customer's by now."""
        key = records.provider_owner_key(job.enterprise, provider_id)
        owner = dynamo.get_all(self._client, self._records, [key])
        if not owner or owner[0]["customer_id"]["S"] not in job.swept.ids:
            return [], []
        before = self._formers.of(job.enterprise, ProviderId(provider_id))
        after = before.given_up(job.erased_at, owner[0]["customer_id"]["S"])
        values = {":owner": owner[0]["customer_id"]}
        gone = {"TableName": self._records, "Key": key, "ConditionExpression": "customer_id = :owner"}
        delete = {"Delete": {**gone, "ExpressionAttributeValues": values}}
        return owner, [delete, self._formers.put(job.enterprise, ProviderId(provider_id), before, after)]

    def _gone(self, row: Item) -> Any:
        condition, *values = _as_read(row)
        gone = {
            "TableName": self._records,
            "Key": {"pk": row["pk"], "sk": row["sk"]},
            "ConditionExpression": condition,
        }
        return {"Delete": {**gone, **({"ExpressionAttributeValues": values[0]} if values else {})}}


def _as_read(row: Item) -> tuple[str] | tuple[str, Item]:
    """That nobody has counted it meanwhile, or said it anew."""
    if not row["sk"]["S"].startswith(records.TRANSACTIONS):
        return ("attribute_exists(pk)",)
    return "stamp = :stamp AND counted = :counted", {":stamp": row["stamp"], ":counted": row["counted"]}


def _without_person(row: Item) -> Item | None:
    """What is left of a row where the books are kept; None where nothing is."""
    sk = row["sk"]["S"]
    if sk.startswith(records.LEDGER):
        kind, detail = row["type"]["S"], json.loads(row["detail"]["S"])
        left = scrubbed(kind, detail)
        if left == detail or is_of_books(kind):
            return row
        return {**row, "detail": {"S": canonical_json(left)}, "scrubbed": {"BOOL": True}}
    return row if sk.startswith(("grant#", *records.TRANSACTIONS)) else None


def _provider_id(row: Item) -> str | None:
    if row.get("type") != {"S": "provider_id.linked"}:
        return None
    linked: str | None = json.loads(row["detail"]["S"]).get("provider_customer_id")
    return linked


def store_of(row: Item) -> str:
    """The kind of row, as the receipt names it."""
    kind = row["sk"]["S"].partition("#")[0]
    return "events" if kind == "ledger" and row["type"]["S"].startswith(ENTRY) else kind


def _shares(job: Job, rows: Sequence[Item]) -> dict[Any, Counts]:
    """What the days hold of the transactions among rows that go."""
    if job.keeps_books:
        return {}
    held = [
        figures(row["sk"]["S"].partition("#")[0], counted_of(row["counted"]["S"]))
        for row in rows
        if row["sk"]["S"].startswith(records.TRANSACTIONS)
    ]
    places = dict.fromkeys(place for share in held for place in share)
    return {place: total(share[place] for share in held if place in share) for place in places}
