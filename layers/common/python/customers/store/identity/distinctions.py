"""Writes that two customers are not the same person."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord
from customers.domain.refusals import ValidationError
from customers.store.customers.pointers import pointer_key, whose_is
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.transactions import require
from customers.store.idempotency import answered
from customers.store.records.not_the_same import MOST, not_the_same_ids, not_the_same_key, say
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Distinctions:
    """Writes to the tables for records and receipts."""

    def __init__(self, client: DynamoDBClient, records_table: str, receipts: str) -> None:
        self._client = client
        self._records, self._receipts = records_table, receipts

    @classmethod
    def connect(cls) -> Distinctions:
        """The tables named by `RECORDS_TABLE` and `RECEIPTS_TABLE`."""
        return cls(connect(), os.environ["RECORDS_TABLE"], os.environ["RECEIPTS_TABLE"])

    def say(
        self, enterprise: str, pair: tuple[str, str], idempotency_key: IdempotencyKey, record: IdempotencyRecord
    ) -> None:
        """One transaction, in which each names the other. Two requests.

        Raises `ValidationError` where one has `MOST` others already, `Conflict` where one was absorbed or erased
        since, `Unavailable`.
        """
        one, other = pair
        self._require_room(enterprise, pair)
        writes: list[Any] = [
            *answered(self._receipts, enterprise, idempotency_key, record, one),
            *(require(self._records, pointer_key(enterprise, each), "attribute_exists(phone)") for each in pair),
            say(self._records, enterprise, one, [other]),
            say(self._records, enterprise, other, [one]),
        ]
        transactions.commit(self._client, traced(enterprise, writes))

    def _require_room(self, enterprise: str, pair: tuple[str, str]) -> None:
        keys = [not_the_same_key(enterprise, each) for each in pair]
        for row in reads.get_all(self._client, self._records, keys):
            said, whose = not_the_same_ids(row), whose_is(row)
            if len(said) >= MOST and not said.issuperset({*pair} - {whose}):
                field = "id" if whose == pair[0] else "other_customer_id"
                raise ValidationError(field, f"is said to be another person than {MOST} customers already")
