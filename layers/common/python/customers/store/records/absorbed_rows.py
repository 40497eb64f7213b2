"""Rows that say which customers a survivor has absorbed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import Absorbed
from customers.domain.instants import sortable_instant
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item, instant_of
from customers.store.records.keys import record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ABSORBED = "absorbed#"
"""How the sort keys of absorbed customers begin, by id."""


def absorbed_row(enterprise: str, survivor_id: str, absorbed: Absorbed) -> Item:
    """A customer whom a survivor has absorbed; `unswept` until the history has been moved."""
    return {
        **record_key(enterprise, survivor_id, f"{ABSORBED}{absorbed.customer_id}"),
        "phone": {"S": absorbed.phone.e164},
        "merged_at": {"S": sortable_instant(absorbed.merged_at)},
        **({"held_since": {"S": sortable_instant(absorbed.held_since)}} if absorbed.held_since else {}),
        **({} if absorbed.migrated else {"unswept": {"BOOL": True}}),
    }


def absorbed_of(row: Mapping[str, Any]) -> Absorbed:
    """The inverse of `absorbed_row`."""
    merged_at = instant_of(row, "merged_at")
    assert merged_at  # noqa: S101 - every row has one
    customer_id = row["sk"]["S"].removeprefix(ABSORBED)
    return Absorbed(
        customer_id, Phone(row["phone"]["S"]), merged_at, "unswept" not in row, instant_of(row, "held_since")
    )


def absorbed_ids(
    client: DynamoDBClient, records_table: str, enterprise: str, survivor_id: str, **only: str
) -> list[str]:
    """The ids of all customers whom a survivor has absorbed. Strongly consistent. Raises `Unavailable`."""
    rows = reads.query_all(
        client,
        TableName=records_table,
        **reads.key_is("pk", f"{enterprise}#{survivor_id}", ABSORBED),
        ProjectionExpression="sk",
        ConsistentRead=True,
        **only,
    )
    return [row["sk"]["S"].removeprefix(ABSORBED) for row in rows]


def unswept_ids(client: DynamoDBClient, records_table: str, enterprise: str, survivor_id: str) -> list[str]:
    """As `absorbed_ids`, those whose history has still to be moved."""
    return absorbed_ids(client, records_table, enterprise, survivor_id, FilterExpression="attribute_exists(unswept)")
