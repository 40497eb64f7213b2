"""The Receipts table: which requests were carried out, by idempotency key, and what was answered."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.domain.canonical_json import compact_json
from customers.domain.idempotency import KEPT, IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import NotFound
from customers.store.activity_log.rows import activity_writes
from customers.store.customers.copy_leads import lead
from customers.store.customers.pointers import find_pointer
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put, update

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ANSWER = "answer"
"""The sort key of a record. The table has other rows too, which lead to copies of a customer's data."""
_NAMED = ("customer_key", "other_key")
"""The attributes that name the customers whom an answer is about."""
ERASED = "was used for a customer who is no longer known; send a new key with a new request"


class IdempotencyRecords:
    """Strongly consistent reads."""

    def __init__(self, client: DynamoDBClient, table: str, records_table: str) -> None:
        self._client = client
        self._table = table
        self._records = records_table

    @classmethod
    def connect(cls) -> IdempotencyRecords:
        """The tables named by `RECEIPTS_TABLE` and `RECORDS_TABLE`."""
        return cls(connect(), os.environ["RECEIPTS_TABLE"], os.environ["RECORDS_TABLE"])

    def find(self, enterprise: str, idempotency_key: IdempotencyKey) -> IdempotencyRecord | None:
        """The record under the same key, in one request. None for an expired one.

        For an answer about a customer one more request finds out whether the customer has been erased since, for an
        answer about two customers two more. Then the answer is not shown, and the request is not carried out again.
        Raises `NotFound`, `Unavailable`.
        """
        row = reads.get(self._client, self._table, idempotency_record_key(enterprise, idempotency_key))
        # DynamoDB removes expired rows some time later.
        if row is None or int(row["ttl"]["N"]) <= int(idempotency_key.at.timestamp()):
            return None
        named = [row[name]["S"] for name in _NAMED if name in row]
        if "answer" not in row or any(self._is_erased(enterprise, each) for each in named):
            raise NotFound("Idempotency-Key", ERASED)
        about = row["customer_key"]["S"].removeprefix(f"{enterprise}#") if "customer_key" in row else None
        return replace(_record_of(row), customer_id=about)

    def _is_erased(self, enterprise: str, customer_key: str) -> bool:
        customer_id = customer_key.removeprefix(f"{enterprise}#")
        pointer = find_pointer(self._client, self._records, enterprise, customer_id)
        return pointer is not None and "erased_at" in pointer


def idempotency_record_key(enterprise: str, idempotency_key: IdempotencyKey) -> Item:
    return _key(enterprise, idempotency_key.operation, idempotency_key.key)


def _key(enterprise: str, operation: str, key: str) -> Item:
    return answer_key(f"{enterprise}#{operation}#{key}")


def answer_key(pk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": ANSWER}}


def about(table: str, enterprise: str, operation: str, key: str, customer_id: str, now: datetime) -> list[Any]:
    """Goes into the transaction by which an earlier answer, under this key, becomes one about a customer."""
    answer = _key(enterprise, operation, key)
    return [
        update(
            table,
            answer,
            "SET customer_key = :customer",
            "attribute_exists(pk)",
            {":customer": {"S": f"{enterprise}#{customer_id}"}},
        ),
        # No answer that exists now is kept for longer.
        lead(table, enterprise, customer_id, "answers", answer["pk"]["S"], now + KEPT),
    ]


def idempotency_record_row(
    enterprise: str, idempotency_key: IdempotencyKey, record: IdempotencyRecord, *customer_ids: str
) -> Item:
    """`customer_ids`, two at most, are those of the customers whom the answer is about: it is not replayed once one of
    them is erased.
    """
    answer = {"status": record.status, "data": dict(record.data), "completeness": record.completeness}
    named = zip(_NAMED[: len(customer_ids)], customer_ids, strict=True)
    return {
        **idempotency_record_key(enterprise, idempotency_key),
        "fingerprint": {"S": record.fingerprint},
        # With its keys in their order: a replay is the same to the letter.
        "answer": {"S": compact_json(answer)},
        "ttl": {"N": str(int(idempotency_key.until.timestamp()))},
        **{name: {"S": f"{enterprise}#{each}"} for name, each in named},
    }


def put_idempotency_record(
    table: str, enterprise: str, idempotency_key: IdempotencyKey, record: IdempotencyRecord, *customer_ids: str
) -> list[Any]:
    """Goes into the transaction of the effect, which fails where the key has a record already.

    For each customer whom the answer is about there is a row more, by which an erasure finds it.
    """
    row = idempotency_record_row(enterprise, idempotency_key, record, *customer_ids)
    kept = put(
        table,
        row,
        "attribute_not_exists(pk) OR #ttl <= :now",
        {":now": {"N": str(int(idempotency_key.at.timestamp()))}},
        {"#ttl": "ttl"},
    )
    answer, until = row["pk"]["S"], idempotency_key.until
    return [kept, *(lead(table, enterprise, each, "answers", answer, until) for each in customer_ids)]


def answered(
    table: str, enterprise: str, idempotency_key: IdempotencyKey, record: IdempotencyRecord, *customer_ids: str
) -> list[Any]:
    """The same, with the request's activity log entry if it has one."""
    return [
        *put_idempotency_record(table, enterprise, idempotency_key, record, *customer_ids),
        *activity_writes(enterprise, record.entry),
    ]


def _record_of(row: Item) -> IdempotencyRecord:
    """The inverse of `idempotency_record_row`."""
    answer = json.loads(row["answer"]["S"])
    return IdempotencyRecord(row["fingerprint"]["S"], answer["status"], answer["data"], answer["completeness"])
