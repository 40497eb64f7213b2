"""Reads an enterprise's list of refused facts, without their bodies."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from customers.domain.facts.refused_facts import ListedFact
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.listing import newest
from customers.store.refused_facts.rows import listed_fact_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RefusedFactPages:
    """Strongly consistent reads. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls) -> RefusedFactPages:
        """The table named by `REFUSED_FACTS_TABLE`."""
        return cls(connect(), os.environ["REFUSED_FACTS_TABLE"])

    def page(
        self, enterprise: str, limit: int, after: str | None, now: datetime
    ) -> tuple[list[ListedFact], str | None]:
        """Refused facts, newest first, and where the next page starts, or None."""
        query = reads.key_is("pk", enterprise)
        query["ExpressionAttributeValues"] |= {":now": {"N": str(int(now.timestamp()))}}
        rows, last = newest(
            self._client,
            limit,
            {"pk": {"S": enterprise}, "sk": {"S": after}} if after else None,
            _key_of,
            TableName=self._table,
            # DynamoDB removes expired rows only some time later.
            FilterExpression="#ttl > :now",
            ExpressionAttributeNames={"#ttl": "ttl", "#type": "type", "#source": "source"},
            ProjectionExpression="pk, sk, #type, #source, fact_id, occurred_at, refused_at, reason, #ttl",
            **query,
        )
        return [listed_fact_of(row) for row in rows], last["sk"]["S"] if last else None


def _key_of(row: Item) -> Item:
    return {name: row[name] for name in ("pk", "sk")}
