"""Whether the ledger of a customer has entries that have to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.erasure.plan import BOOKS_TYPES
from customers.store.dynamodb import reads
from customers.store.records.absorbed_rows import part_ids
from customers.store.records.ledger_rows import LEDGER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def has_books(client: DynamoDBClient, records_table: str, enterprise: str, profile: Profile) -> bool:
    """Whether the ledger rules out a hard delete of a customer whose phone is not verified; else False, unread.

    Strongly consistent, one request for each megabyte of each part's ledger until an entry is found. Read it after the
    account: an entry that comes later changes the customer's version, so `erase` fails with `Conflict`.
    """
    if profile.state != "PENDING_PROOF":
        return False
    ids = part_ids(client, records_table, enterprise, profile.customer_id, profile.absorbed)
    return any(_has_books(client, records_table, f"{enterprise}#{each}") for each in ids)


def _has_books(client: DynamoDBClient, records_table: str, partition: str) -> bool:
    query = reads.key_is("pk", partition, LEDGER)
    types = {f":type{number}": {"S": name} for number, name in enumerate(BOOKS_TYPES)}
    query["ExpressionAttributeValues"] |= types
    found = reads.query_all(
        client,
        TableName=records_table,
        **query,
        FilterExpression=f"#type IN ({', '.join(types)})",
        ExpressionAttributeNames={"#type": "type"},
        ProjectionExpression="sk",
        ConsistentRead=True,
    )
    return next(found, None) is not None
