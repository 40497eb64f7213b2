"""The Receipts table: what has been carried out under which idempotency key, and what was answered."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from customers.domain.once import Once, Receipt
from customers.domain.refusals import Unknown
from customers.store import dynamo
from customers.store.records import record_key
from customers.store.rows import Item
from customers.store.writes import put

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_CUSTOMER = "by_customer"
"""The index of a person's answers."""
ERASED = "was sent with a request about a customer who is no longer known; make a new key for another request"


class Receipts:
    """Strongly consistent reads of the table."""

    def __init__(self, client: DynamoDBClient, table: str, records_table: str) -> None:
        self._client = client
        self._table = table
        self._records = records_table

    @classmethod
    def connect(cls) -> Receipts:
        """The tables named by `RECEIPTS_TABLE` and `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["RECEIPTS_TABLE"], os.environ["RECORDS_TABLE"])

    def find(self, enterprise: str, once: Once) -> Receipt | None:
        """What was put down under the same key, in one request. What has expired is not there any more.

        If there is something about a customer, one more request tells whether they have been erased since: then nobody
        is told what was answered, and nothing is done anew. Raises `Unknown`, `Unavailable`.
        """
        with dynamo.answering():
            answer = self._client.get_item(
                TableName=self._table, Key=receipt_key(enterprise, once), ConsistentRead=True
            )
        row = answer.get("Item")
        # DynamoDB takes expired rows away when it has time.
        if row is None or int(row["ttl"]["N"]) <= int(once.at.timestamp()):
            return None
        if "answer" not in row or ("customer_key" in row and self._is_erased(enterprise, row["customer_key"]["S"])):
            raise Unknown("Idempotency-Key", ERASED)
        return _receipt_of(row)

    def _is_erased(self, enterprise: str, customer_key: str) -> bool:
        customer_id = customer_key.removeprefix(f"{enterprise}#")
        while True:
            with dynamo.answering():
                key = record_key(enterprise, customer_id, "pointer")
                answer = self._client.get_item(TableName=self._records, Key=key, ConsistentRead=True)
            pointer = answer.get("Item", {})
            if "merged_into" not in pointer:
                return "erased_at" in pointer
            customer_id = pointer["merged_into"]["S"]


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
