"""The Receipts table: what has been carried out under which idempotency key, and what was answered."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import NotFound
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put
from customers.store.records import record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_CUSTOMER = "by_customer"
"""The index of a person's answers."""
ERASED = "was sent with a request about a customer who is no longer known; make a new key for another request"


class IdempotencyRecords:
    """Strongly consistent reads of the table."""

    def __init__(self, client: DynamoDBClient, table: str, records_table: str) -> None:
        self._client = client
        self._table = table
        self._records = records_table

    @classmethod
    def connect(cls) -> IdempotencyRecords:
        """The tables named by `RECEIPTS_TABLE` and `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["RECEIPTS_TABLE"], os.environ["RECORDS_TABLE"])

    def find(self, enterprise: str, idempotency_key: IdempotencyKey) -> IdempotencyRecord | None:
        """What was put down under the same key, in one request. What has expired is not there any more.

        If there is something about a customer, one more request tells whether they have been erased since: then nobody
        is told what was answered, and nothing is done anew. Raises `NotFound`, `Unavailable`.
        """
        with dynamo.answering():
            answer = self._client.get_item(
                TableName=self._table, Key=idempotency_record_key(enterprise, idempotency_key), ConsistentRead=True
            )
        row = answer.get("Item")
        # DynamoDB takes expired rows away when it has time.
        if row is None or int(row["ttl"]["N"]) <= int(idempotency_key.at.timestamp()):
            return None
        if "answer" not in row or ("customer_key" in row and self._is_erased(enterprise, row["customer_key"]["S"])):
            raise NotFound("Idempotency-Key", ERASED)
        return _record_of(row)

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


def idempotency_record_key(enterprise: str, idempotency_key: IdempotencyKey) -> Item:
    return {"pk": {"S": f"{enterprise}#{idempotency_key.operation}#{idempotency_key.key}"}}


def idempotency_record_row(
    enterprise: str, idempotency_key: IdempotencyKey, record: IdempotencyRecord, customer_id: str | None
) -> Item:
    """`customer_id` where the answer is about one: so an erasure finds it."""
    answer = {"status": record.status, "data": dict(record.data), "completeness": record.completeness}
    row = {
        **idempotency_record_key(enterprise, idempotency_key),
        "fingerprint": {"S": record.fingerprint},
        # In the order in which it was given: a replay is the same to the letter.
        "answer": {"S": json.dumps(answer, ensure_ascii=False, separators=(",", ":"))},
        "ttl": {"N": str(int(idempotency_key.until.timestamp()))},
    }
    if customer_id is not None:
        row["customer_key"] = {"S": f"{enterprise}#{customer_id}"}
    return row


def put_idempotency_record(
    table: str, enterprise: str, idempotency_key: IdempotencyKey, record: IdempotencyRecord, customer_id: str | None
) -> Any:
    """To be written in the transaction of the effect: it fails where there is a receipt for the key already."""
    return put(
        table,
        idempotency_record_row(enterprise, idempotency_key, record, customer_id),
        "attribute_not_exists(pk) OR #ttl <= :now",
        {":now": {"N": str(int(idempotency_key.at.timestamp()))}},
        {"#ttl": "ttl"},
    )


def _record_of(row: Item) -> IdempotencyRecord:
    """The inverse of `receipt_row`."""
    answer = json.loads(row["answer"]["S"])
    return IdempotencyRecord(row["fingerprint"]["S"], answer["status"], answer["data"], answer["completeness"])
