"""A customer's ledger read whole, for folding it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from customers.domain.facts.fact import LedgerEntry
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.ledger_rows import LEDGER, is_folded, ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class LedgerEntries:
    """Strongly consistent reads of one customer's records. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, records_table: str) -> None:
        self._client = client
        self._records = records_table

    def entries(self, enterprise: str, customer_id: str) -> list[LedgerEntry]:
        """The entries of facts and of this system's own statements."""
        return self.entries_in(self.records(enterprise, customer_id, LEDGER))

    def entries_in(self, rows: Mapping[str, Item]) -> list[LedgerEntry]:
        """The same, from rows that have been read."""
        return [ledger_entry_of(row) for row in rows.values() if is_folded(row)]

    def records(self, enterprise: str, customer_id: str, beginning: str = "") -> dict[str, Item]:
        """All rows whose sort key begins so, by sort key."""
        rows = reads.query_all(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{enterprise}#{customer_id}", beginning),
            ConsistentRead=True,
        )
        return {row["sk"]["S"]: row for row in rows}
