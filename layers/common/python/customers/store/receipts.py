"""The Receipts table: what has been carried out under which idempotency key, and what was answered."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from customers.domain.once import Once, Receipt
from customers.store import dynamo
from customers.store.rows import Item
from customers.store.writes import put

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_CUSTOMER = "by_customer"
"""The index of a person's answers."""


class Receipts:
    """Strongly consistent reads of the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls) -> Receipts:
        """The table named by `RECEIPTS_TABLE`."""
        return cls(dynamo.connect(), os.environ["RECEIPTS_TABLE"])

    def find(self, enterprise: str, once: Once) -> Receipt | None:
        """What was put down under the same key, in one request. What has expired is not there any more."""
        with dynamo.answering():
            answer = self._client.get_item(
                TableName=self._table, Key=receipt_key(enterprise, once), ConsistentRead=True
            )
        row = answer.get("Item")
        # DynamoDB takes expired rows away when it has time.
        return _receipt_of(row) if row and int(row["ttl"]["N"]) > int(once.at.timestamp()) else None


def receipt_key(enterprise: str, once: Once) -> Item:
    return {"pk": {"S": f"{enterprise}#{once.operation}#{once.key}"}}


def receipt_row(enterprise: str, once: Once, receipt: Receipt, customer_id: str | None) -> Item:
    """`customer_id` where the answer is about one: so an erasure finds it."""
    answer = {"status": receipt.status, "data": dict(receipt.data), "completeness": receipt.completeness}
    row = {
        **receipt_key(enterprise, once),
        "fingerprint": {"S": receipt.fingerprint},
        # In the order in which it was given: a replay is the same to the letter.
        "answer": {"S": json.dumps(answer, ensure_ascii=False, separators=(",", ":"))},
        "ttl": {"N": str(int(once.until.timestamp()))},
    }
    if customer_id is not None:
        row["customer_key"] = {"S": f"{enterprise}#{customer_id}"}
    return row


def put_receipt(table: str, enterprise: str, once: Once, receipt: Receipt, customer_id: str | None) -> Any:
    """To be written in the transaction of the effect: it fails where there is a receipt for the key already."""
    return put(
        table,
        receipt_row(enterprise, once, receipt, customer_id),
        "attribute_not_exists(pk) OR #ttl <= :now",
        {":now": {"N": str(int(once.at.timestamp()))}},
        {"#ttl": "ttl"},
    )


def _receipt_of(row: Item) -> Receipt:
    """The inverse of `receipt_row`."""
    answer = json.loads(row["answer"]["S"])
    return Receipt(row["fingerprint"]["S"], answer["status"], answer["data"], answer["completeness"])
