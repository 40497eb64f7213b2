"""Which customers and transactions a message stands for that is about many of them: page by page."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.stats.customer_refs import HISTORY_START, Bucket, CustomerRef, Due, History
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.records.transaction_rows import TRANSACTIONS
from customers.store.stats.badge_rows import DUE_BUCKETS, due_partition
from customers.store.stats.derived_rows import notes_partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 100
"""Customers on a page."""


class Pages:
    """Reads keys only."""

    def __init__(self, client: DynamoDBClient, derived: str, records_table: str) -> None:
        self._client = client
        self._derived = derived
        self._records = records_table

    @classmethod
    def connect(cls) -> Pages:
        """The tables named by `DERIVED_TABLE` and `RECORDS_TABLE`."""
        return cls(connect(), os.environ["DERIVED_TABLE"], os.environ["RECORDS_TABLE"])

    def bucket_page(self, bucket: Bucket) -> tuple[list[CustomerRef], Bucket | None]:
        """The next hundred customers of a bucket, erased ones included, and where the rest begins, if there is any.

        Raises `Unavailable`.
        """
        partition = notes_partition(bucket.enterprise, bucket.bucket)
        start = {"ExclusiveStartKey": {"pk": {"S": partition}, "sk": {"S": bucket.after}}} if bucket.after else {}
        page = reads.query_page(
            self._client,
            TableName=self._derived,
            **reads.key_is("pk", partition),
            ProjectionExpression="sk",
            Limit=PAGE,
            ConsistentRead=True,
            **start,
        )
        changes = [CustomerRef(bucket.enterprise, row["sk"]["S"]) for row in page["Items"]]
        more = "LastEvaluatedKey" in page
        return changes, replace(bucket, after=changes[-1].customer_id) if more else None

    def history_page(self, history: History) -> tuple[list[CustomerRef], History | None]:
        """The next hundred purchases and refunds of a customer, and where the rest begins. Raises `Unavailable`."""
        partition = {"S": f"{history.enterprise}#{history.customer_id}"}
        page = reads.query_page(
            self._client,
            TableName=self._records,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :start AND :end",
            ExpressionAttributeValues={":pk": partition, ":start": {"S": HISTORY_START}, ":end": {"S": "refund$"}},
            ProjectionExpression="sk",
            Limit=PAGE,
            ConsistentRead=True,
            **(_after(partition, history.history_after) if history.history_after != HISTORY_START else {}),
        )
        keys = [row["sk"]["S"] for row in page["Items"] if row["sk"]["S"].startswith(TRANSACTIONS)]
        changes = [CustomerRef(history.enterprise, history.customer_id, key) for key in keys]
        more = "LastEvaluatedKey" in page
        return changes, replace(history, history_after=page["LastEvaluatedKey"]["sk"]["S"]) if more else None

    def due_buckets(self, due: Due) -> list[Due]:
        """The buckets in which somebody is due. Raises `Unavailable`."""
        return [replace(due, bucket=each) for each in DUE_BUCKETS if self._query(due, each, "", 1)["Items"]]

    def due_page(self, due: Due) -> tuple[list[CustomerRef], Due | None]:
        """The next hundred customers of a bucket, and where the rest begins, if there is any. Raises `Unavailable`.

        A customer's reconciliation removes the row, or moves it to a later day: a run that is stopped leaves what is
        still to be done. The rest begins behind these: a customer who cannot be reconciled does not hold up the others.
        """
        page = self._query(due, due.bucket, due.after, PAGE)
        keys = [row["sk"]["S"] for row in page["Items"]]
        customers = [CustomerRef(due.enterprise, key.partition("#")[2]) for key in keys]
        return customers, replace(due, after=keys[-1]) if keys and "LastEvaluatedKey" in page else None

    def _query(self, due: Due, bucket: str, after: str, limit: int) -> Any:
        partition = {"S": due_partition(due.enterprise, bucket)}
        start = {"ExclusiveStartKey": {"pk": partition, "sk": {"S": after}}} if after else {}
        return reads.query_page(
            self._client,
            TableName=self._derived,
            KeyConditionExpression="pk = :pk AND sk < :end",
            ExpressionAttributeValues={":pk": partition, ":end": {"S": f"{due.day}$"}},
            ProjectionExpression="sk",
            Limit=limit,
            ConsistentRead=True,
            **start,
        )


def _after(partition: Item, sk: str) -> dict[str, Any]:
    return {"ExclusiveStartKey": {"pk": partition, "sk": {"S": sk}}}
