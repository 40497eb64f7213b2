"""Reads the register of erasures: a page of it, or one erasure with its receipt."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from customers.domain.erasure.plan import Erasure, Status
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.listing import newest
from customers.store.erasure.rows import erasure_key, erasure_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_TIME = "by_time"
SHOWN = "pk, sk, place, customer_id, prior_state, requested_at, #status, outcome, erased_at"


class ErasureRegister:
    """Strongly consistent reads. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls) -> ErasureRegister:
        """The table named by `ERASURES_TABLE`."""
        return cls(connect(), os.environ["ERASURES_TABLE"])

    def page(
        self, enterprise: str, status: Status | None, limit: int, after: str | None
    ) -> tuple[list[Erasure], str | None]:
        """Erasures, newest first, perhaps of one status; and where the next page starts, or None."""
        query: dict[str, Any] = reads.key_is("pk", enterprise)
        query["ExpressionAttributeNames"] = {"#status": "status"}
        if status:
            query["FilterExpression"] = "#status = :status"
            query["ExpressionAttributeValues"] |= {":status": {"S": status}}
        start = _index_key(enterprise, after) if after else None
        query |= {"TableName": self._table, "IndexName": BY_TIME, "ProjectionExpression": SHOWN}
        rows, last = newest(self._client, limit, start, _key_of, **query)
        return [erasure_of(row) for row in rows], last["place"]["S"] if last else None

    def find(self, enterprise: str, erasure_id: str) -> tuple[Erasure, str | None] | None:
        """An erasure, and its signed receipt once it is done."""
        row = reads.get(self._client, self._table, erasure_key(enterprise, erasure_id))
        if row is None:
            return None
        return erasure_of(row), row["receipt"]["S"] if "receipt" in row else None


def _index_key(enterprise: str, place: str) -> Item:
    return {**erasure_key(enterprise, place.partition("#")[2]), "place": {"S": place}}


def _key_of(row: Item) -> Item:
    return {name: row[name] for name in ("pk", "sk", "place")}
