"""The progress of the sweep after an erasure: in the erasure's row, written in the same transactions."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.canonical_json import canonical_json
from customers.domain.customers.profile import Outcome
from customers.domain.erasure.progress import Action, ActionCount, ErasureProgress
from customers.domain.identifiers.address import Address
from customers.domain.identifiers.pseudonym import Secret, named
from customers.domain.refusals import NotYet
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import ConditionFailed, update
from customers.store.erasure.rows import erasure_key, names_in
from customers.store.records.absorbed_rows import absorbed_ids
from customers.store.records.keys import former_phones

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class SweepJob:
    """An erasure that has been carried out for readers, and the progress of its sweep."""

    enterprise: str
    erasure_id: str
    customer_id: str
    outcome: Outcome
    erased_at: datetime
    progress: ErasureProgress = field(default_factory=ErasureProgress)

    @property
    def keeps_books(self) -> bool:
        return self.outcome == "anonymized"

    def naming(self, addresses: Iterable[Address], secret: Secret) -> SweepJob:
        """The job with the pseudonyms of these addresses, by which refused facts are found."""
        names = [named(secret, self.enterprise, each) for each in addresses]
        return replace(self, progress=self.progress.naming(names))

    def more(self, secret: Secret, store: str, action: Action, rows: Iterable[Item]) -> SweepJob:
        """The job after these rows have been swept as well. The key of their digest is the erasure's own."""
        key = secret(f"receipt#{self.enterprise}#{self.erasure_id}")
        texts = (canonical_json(_plain(row)) for row in rows)
        return replace(self, progress=self.progress.more(key, store, action, texts))


class SweepJobs:
    """The rows of the Erasures table, for the sweep. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, erasures: str, records_table: str, secret: Secret) -> None:
        self.client = client
        self._erasures = erasures
        self._records = records_table
        self.secret = secret

    @classmethod
    def connect(cls) -> SweepJobs:
        """The tables named by `ERASURES_TABLE` and `RECORDS_TABLE`, and `PSEUDONYM_KEY`."""
        erasures, records_table = os.environ["ERASURES_TABLE"], os.environ["RECORDS_TABLE"]
        return cls(connect(), erasures, records_table, DerivedKeys.of_pseudonyms().key)

    def read(self, enterprise: str, erasure_id: str) -> SweepJob:
        """Strongly consistent. Raises `NotYet` where nothing has been erased under this id, and `Conflict`."""
        row = self._row(enterprise, erasure_id)
        if "erased_at" not in row:
            raise NotYet("erasure_id", "nothing has been erased by this id yet")
        job = SweepJob(
            enterprise,
            erasure_id,
            row["customer_id"]["S"],
            "anonymized" if row["outcome"]["S"] == "anonymized" else "hard_deleted",
            datetime.fromisoformat(row["erased_at"]["S"]).astimezone(UTC),
            progress_of(row),
        )
        return job if job.progress.ids else self._begun(job, names_in(row))

    def commit(self, before: SweepJob, after: SweepJob, writes: Sequence[Any] = ()) -> SweepJob:
        """Commit what has been swept together with the progress. Raises `Conflict` where another sweep is running."""
        step = replace(after, progress=replace(after.progress, revision=before.progress.revision + 1))
        transactions.commit(self.client, [*writes, self._put(before, step)])
        return step

    def receipt_of(self, enterprise: str, erasure_id: str) -> str | None:
        """The signed receipt, once everything is done."""
        signed: str | None = self._row(enterprise, erasure_id).get("receipt", {}).get("S")
        return signed

    def _row(self, enterprise: str, erasure_id: str) -> Item:
        return reads.get(self.client, self._erasures, erasure_key(enterprise, erasure_id)) or {}

    def finish(self, job: SweepJob, receipt: str) -> None:
        """Mark the erasure as done, with its receipt. Raises `Conflict` where there was progress since the read."""
        done = update(
            self._erasures,
            erasure_key(job.enterprise, job.erasure_id),
            "SET #status = :done, receipt = :receipt",
            "attribute_not_exists(receipt) AND swept = :swept",
            {":done": {"S": "done"}, ":receipt": {"S": receipt}, ":swept": {"S": canonical_json(_body(job.progress))}},
            {"#status": "status"},
        )
        transactions.commit(self.client, [done])

    def fail(self, enterprise: str, erasure_id: str) -> None:
        """Mark the erasure as failed, for an operator to look at, unless it is done."""
        failed = update(
            self._erasures,
            erasure_key(enterprise, erasure_id),
            "SET #status = :failed",
            "attribute_exists(pk) AND #status <> :done",
            {":failed": {"S": "failed"}, ":done": {"S": "done"}},
            {"#status": "status"},
        )
        with suppress(ConditionFailed):
            transactions.write_one(self.client, failed)

    def _begun(self, job: SweepJob, names: Sequence[str]) -> SweepJob:
        """Notes the ids that the sweep is about, before it removes the rows that name them, and their pseudonyms."""
        ids = (job.customer_id, *absorbed_ids(self.client, self._records, job.enterprise, job.customer_id))
        progress = replace(job.progress.naming([*names, *self._former_phones(job.enterprise, ids)]), ids=ids)
        return self.commit(job, replace(job, progress=progress))

    def _former_phones(self, enterprise: str, ids: Iterable[str]) -> Iterator[str]:
        for customer_id in ids:
            key = reads.key_is("pk", former_phones(enterprise, customer_id))
            for row in reads.query_all(self.client, TableName=self._records, **key, ConsistentRead=True):
                yield row["sk"]["S"]

    def _put(self, before: SweepJob, after: SweepJob) -> Any:
        values = {":swept": {"S": canonical_json(_body(after.progress))}}
        condition = "attribute_not_exists(swept)"
        if before.progress.revision:
            condition = "swept = :before"
            values[":before"] = {"S": canonical_json(_body(before.progress))}
        key = erasure_key(after.enterprise, after.erasure_id)
        return update(self._erasures, key, "SET swept = :swept", condition, values)


def _body(progress: ErasureProgress) -> dict[str, Any]:
    return {**asdict(progress), "tallies": {key: each.as_json() for key, each in progress.tallies.items()}}


def progress_of(row: Item) -> ErasureProgress:
    """How far the sweep of an entry of the Erasures table has come. Without any ids, it has not begun."""
    if "swept" not in row:
        return ErasureProgress()
    body = json.loads(row["swept"]["S"])
    tallies = {key: ActionCount.of_json(each) for key, each in body["tallies"].items()}
    return ErasureProgress(body["revision"], tuple(body["ids"]), tallies, body["checks"], tuple(body["names"]))


def _plain(row: Item) -> dict[str, Any]:
    """A row in a form that JSON can hold."""
    return {
        name: {kind: value.hex() if isinstance(value, bytes) else value for kind, value in each.items()}
        for name, each in row.items()
    }
