"""All that the table of records holds of a customer, whole: for a ledger that is folded anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from customers.domain.facts.fact import LedgerEntry
from customers.store.dynamodb.items import Item
from customers.store.records.ledger_rows import LEDGER, is_folded, ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Histories:
    """Strongly consistent reads of the Records table, of one customer."""

    def __init__(self, client: DynamoDBClient, records_table: str) -> None:
        self._client = client
        self._records = records_table

    def entries(self, enterprise: str, customer_id: str) -> list[LedgerEntry]:
        """What facts and administrators have said, as the ledger holds it."""
        return self.entries_in(self.held(enterprise, customer_id, LEDGER))

    def entries_in(self, held: Mapping[str, Item]) -> list[LedgerEntry]:
        """The same, of rows that have been read."""
        return [ledger_entry_of(row) for row in held.values() if is_folded(row)]

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
