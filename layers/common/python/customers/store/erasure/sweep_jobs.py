"""How far the sweep after an erasure has come: in the erasure's row, written in the transactions that it counts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Outcome
from customers.domain.erasure.progress import Action, ErasureProgress, Tally
from customers.domain.refusals import NotYet
from customers.store import records
from customers.store.customers.rows import Item, canonical_json
from customers.store.dynamodb import dynamo
from customers.store.erasure.erasures import erasure_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Job:
    """An erasure that has been decided, and what is left to do of it."""

    enterprise: str
    erasure_id: str
    customer_id: str
    outcome: Outcome
    erased_at: datetime
    swept: ErasureProgress = field(default_factory=ErasureProgress)

    @property
    def keeps_books(self) -> bool:
        return self.outcome == "anonymized"

    def more(self, secret: str, store: str, deed: Action, rows: Iterable[Item]) -> Job:
        """The same, when these rows have been swept as well."""
        texts = (canonical_json(_plain(row)) for row in rows)
        return replace(self, swept=self.swept.more(secret, store, deed, texts))


class Jobs:
    """The Erasures table, as far as the sweep is concerned."""

    def __init__(self, client: DynamoDBClient, erasures: str, records_table: str, secret: str) -> None:
        self.client = client
        self._erasures = erasures
        self._records = records_table
        self.secret = secret

    @classmethod
    def connect(cls) -> Jobs:
        """The tables named by `ERASURES_TABLE` and `RECORDS_TABLE`, the secret in `PSEUDONYM_SECRET`."""
        names = ("ERASURES_TABLE", "RECORDS_TABLE", "PSEUDONYM_SECRET")
        return cls(dynamo.connect(), *(os.environ[name] for name in names))

    def read(self, enterprise: str, erasure_id: str) -> Job:
        """Strongly consistent. Raises `NotYet` where nothing has been erased under this id."""
        with dynamo.answering():
            answer = self.client.get_item(
                TableName=self._erasures, Key=erasure_key(enterprise, erasure_id), ConsistentRead=True
            )
        row = answer.get("Item", {})
        if "erased_at" not in row:
            raise NotYet("erasure_id", "nothing has been erased by this id yet")
        job = Job(
            enterprise,
            erasure_id,
            row["customer_id"]["S"],
            "anonymized" if row["outcome"]["S"] == "anonymized" else "hard_deleted",
            datetime.fromisoformat(row["erased_at"]["S"]).astimezone(UTC),
            _swept_of(row),
        )
        return job if job.swept.ids else self._begun(job)

    def commit(self, before: Job, after: Job, writes: Sequence[Any] = ()) -> Job:
        """What has been swept and how far that brings it, at once. Raises `Conflict` where another sweeps as well."""
        step = replace(after, swept=replace(after.swept, revision=before.swept.revision + 1))
        dynamo.commit(self.client, [*writes, self._put(before, step)])
        return step

    def receipt_of(self, enterprise: str, erasure_id: str) -> str | None:
        """What has been signed of it, once all is done."""
        with dynamo.answering():
            answer = self.client.get_item(
                TableName=self._erasures, Key=erasure_key(enterprise, erasure_id), ConsistentRead=True
            )
        signed: str | None = answer.get("Item", {}).get("receipt", {}).get("S")
        return signed

    def finish(self, job: Job, receipt: str) -> None:
        """It is done, and this is the receipt, for good. Raises `Conflict` where it was swept further meanwhile."""
        update = {
            "TableName": self._erasures,
            "Key": erasure_key(job.enterprise, job.erasure_id),
            "UpdateExpression": "SET #status = :done, receipt = :receipt",
            "ConditionExpression": "attribute_not_exists(receipt) AND swept = :swept",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":done": {"S": "done"},
                ":receipt": {"S": receipt},
                ":swept": {"S": canonical_json(_told(job.swept))},
            },
        }
        dynamo.commit(self.client, [{"Update": update}])

    def fail(self, enterprise: str, erasure_id: str) -> None:
        """Somebody has to look: not said of what is done."""
        with dynamo.answering():
            try:
                self.client.update_item(
                    TableName=self._erasures,
                    Key=erasure_key(enterprise, erasure_id),
                    UpdateExpression="SET #status = :failed",
                    ConditionExpression="attribute_exists(pk) AND #status <> :done",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={":failed": {"S": "failed"}, ":done": {"S": "done"}},
                )
            except self.client.exceptions.ConditionalCheckFailedException:
                return

    def _begun(self, job: Job) -> Job:
        """Whom the sweep is about is written down before anything that says it is taken away."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self._records,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :absorbed)",
            ExpressionAttributeValues={
                ":pk": {"S": f"{job.enterprise}#{job.customer_id}"},
                ":absorbed": {"S": records.ABSORBED},
            },
            ProjectionExpression="sk",
            ConsistentRead=True,
        )
        with dynamo.answering():
            absorbed = [row["sk"]["S"].removeprefix(records.ABSORBED) for page in pages for row in page["Items"]]
        return self.commit(job, replace(job, swept=replace(job.swept, ids=(job.customer_id, *absorbed))))

    def _put(self, before: Job, after: Job) -> Any:
        values = {":swept": {"S": canonical_json(_told(after.swept))}}
        condition = "attribute_not_exists(swept)"
        if before.swept.revision:
            condition = "swept = :before"
            values[":before"] = {"S": canonical_json(_told(before.swept))}
        return {
            "Update": {
                "TableName": self._erasures,
                "Key": erasure_key(after.enterprise, after.erasure_id),
                "UpdateExpression": "SET swept = :swept",
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }


def _told(swept: ErasureProgress) -> dict[str, Any]:
    return asdict(swept)


def _swept_of(row: Item) -> ErasureProgress:
    """The inverse of `_told`."""
    if "swept" not in row:
        return ErasureProgress()
    told = json.loads(row["swept"]["S"])
    tallies = {key: Tally(**each) for key, each in told["tallies"].items()}
    return ErasureProgress(told["revision"], tuple(told["ids"]), tallies, told["checks"])


def _plain(row: Item) -> dict[str, Any]:
    """A row such that it can be written as JSON."""
    return {
        name: {kind: value.hex() if isinstance(value, bytes) else value for kind, value in each.items()}
        for name, each in row.items()
    }
