"""All that the table of records holds of a customer, whole: for a ledger that is folded anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from customers.domain.facts.fact import CustomerPayload, LedgerEntry
from customers.store import records
from customers.store.customers.rows import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ReadEntry = Callable[[str, str], CustomerPayload]
"""From a ledger entry's type and detail to what it says."""


class Histories:
    """Strongly consistent reads of the Records table, of one customer."""

    def __init__(self, client: DynamoDBClient, records_table: str, read: ReadEntry) -> None:
        self._client = client
        self._records = records_table
        self._read = read

    def entries(self, enterprise: str, customer_id: str) -> list[LedgerEntry]:
        """What facts and administrators have said, as the ledger holds it."""
        return self.entries_in(self.held(enterprise, customer_id, records.LEDGER))

    def entries_in(self, held: Mapping[str, Item]) -> list[LedgerEntry]:
        """The same, of rows that have been read."""
        return [self._entry(row) for row in held.values() if records.is_folded(row)]

    def held(self, enterprise: str, customer_id: str, beginning: str = "") -> dict[str, Item]:
        """All rows whose sort key begins so, by sort key."""
        condition, values = "pk = :pk", {":pk": {"S": f"{enterprise}#{customer_id}"}}
        if beginning:
            condition += " AND begins_with(sk, :beginning)"
            values[":beginning"] = {"S": beginning}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._records,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        return {row["sk"]["S"]: row for page in pages for row in page["Items"]}

    def _entry(self, row: Item) -> LedgerEntry:
        kind = row["type"]["S"]
        order = records.stamp_of(row["sk"]["S"].removeprefix(records.LEDGER))
        return LedgerEntry(order, kind, self._read(kind, row["detail"]["S"]), records.scope_of(row))
