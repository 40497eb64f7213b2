"""Rows that say which customers a survivor has absorbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    """A customer whom a survivor has absorbed."""
    return {
        **record_key(enterprise, survivor_id, f"{ABSORBED}{absorbed.customer_id}"),
        "phone": {"S": absorbed.phone.e164},
        "merged_at": {"S": sortable_instant(absorbed.merged_at)},
        "version": {"N": str(absorbed.version)},
        **({"held_since": {"S": sortable_instant(absorbed.held_since)}} if absorbed.held_since else {}),
        **({"taken": {"BOOL": True}} if absorbed.phone_taken else {}),
    }


def absorbed_of(row: Mapping[str, Any]) -> Absorbed:
    """The inverse of `absorbed_row`."""
    merged_at = instant_of(row, "merged_at")
    assert merged_at  # noqa: S101 - every row has one
    customer_id = row["sk"]["S"].removeprefix(ABSORBED)
    phone, version = Phone(row["phone"]["S"]), int(row["version"]["N"])
    return Absorbed(customer_id, phone, merged_at, instant_of(row, "held_since"), version, "taken" in row)


def absorbed_rows(client: DynamoDBClient, records_table: str, enterprise: str, survivor_id: str) -> Iterator[Item]:
    """The rows of all customers whom a survivor has absorbed. Strongly consistent. Raises `Unavailable`."""
    return reads.query_all(
        client,
        TableName=records_table,
        **reads.key_is("pk", f"{enterprise}#{survivor_id}", ABSORBED),
        ConsistentRead=True,
    )


def absorbed_ids(client: DynamoDBClient, records_table: str, enterprise: str, survivor_id: str) -> list[str]:
    """Their ids."""
    rows = absorbed_rows(client, records_table, enterprise, survivor_id)
    return [row["sk"]["S"].removeprefix(ABSORBED) for row in rows]


def part_ids(client: DynamoDBClient, records_table: str, enterprise: str, customer_id: str, absorbed: int) -> list[str]:
    """The ids of all parts of a customer who has absorbed so many others, the own one first.

    No request for a customer who has absorbed nobody.
    """
    return [customer_id, *(absorbed_ids(client, records_table, enterprise, customer_id) if absorbed else [])]
