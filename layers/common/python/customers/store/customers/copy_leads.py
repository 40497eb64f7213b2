"""Rows that lead to the copies of a customer's data: stored answers, sessions, links, reasons in the activity log.

A lead is written in the transaction that writes its copy. So one strongly consistent query for each of the customer's
ids finds every copy. The leads are in the Receipts table, because whatever writes a copy may write there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Copies = Literal["answers", "sessions", "links", "activity"]
KINDS: tuple[Copies, ...] = get_args(Copies)
PARTITION = "copies"
"""No operation has this name, so no idempotency record is in such a partition."""
LINGERS = timedelta(days=7)
"""A lead outlives its copy, because DynamoDB removes expired rows some days later and in any order."""


def copies_partition(enterprise: str, customer_id: str) -> str:
    return f"{enterprise}#{PARTITION}#{customer_id}"


def lead(table: str, enterprise: str, customer_id: str, copies: Copies, pk: str, until: datetime) -> Any:
    """Goes into the transaction that writes a copy under the key `pk`, which expires at `until`."""
    row = {
        "pk": {"S": copies_partition(enterprise, customer_id)},
        "sk": {"S": f"{copies}#{pk}"},
        "ttl": {"N": str(int((until + LINGERS).timestamp()))},
    }
    return put(table, row)


def leads(client: DynamoDBClient, table: str, enterprise: str, customer_id: str) -> Iterator[Item]:
    """All leads of a customer, one page in memory at a time. Strongly consistent. Raises `Unavailable`."""
    return reads.query_all(
        client, TableName=table, **reads.key_is("pk", copies_partition(enterprise, customer_id)), ConsistentRead=True
    )


def led_to(row: Item) -> tuple[Copies, str]:
    """What a lead leads to: the kind of copy, and the copy's key."""
    kind, _, pk = row["sk"]["S"].partition("#")
    return next(each for each in KINDS if each == kind), pk


def has_expired(row: Item, now: datetime) -> bool:
    """Whether the copy has expired that a lead leads to."""
    return int(row["ttl"]["N"]) <= int((now + LINGERS).timestamp())
