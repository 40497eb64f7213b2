"""A customer's ledger read whole, for folding it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from customers.domain.facts.fact import LedgerEntry
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.records.absorbed_rows import ABSORBED
from customers.store.records.account_rows import SUMMED
from customers.store.records.keys import scope_of
from customers.store.records.ledger_rows import LEDGER, is_folded, ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class LedgerEntries:
    """Strongly consistent reads of one customer's records, with those of the parts. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, records_table: str) -> None:
        self._client = client
        self._records = records_table

    def entries(self, enterprise: str, customer_id: str) -> list[LedgerEntry]:
        """The entries of facts and of this system's own statements, of all parts."""
        return self.entries_in(self.records(enterprise, customer_id), customer_id)

    def entries_in(self, rows: Mapping[str, Item], customer_id: str) -> list[LedgerEntry]:
        """The same, from rows that have been read."""
        return [ledger_entry_of(row, customer_id) for row in rows.values() if is_folded(row)]

    def records(self, enterprise: str, customer_id: str) -> dict[str, Item]:
        """All rows of a customer, and of the absorbed customers the history, by `name_of`."""
        rows = self._rows(enterprise, customer_id)
        for absorbed_id in [sk.removeprefix(ABSORBED) for sk in rows if sk.startswith(ABSORBED)]:
            history = self._rows(enterprise, absorbed_id).items()
            rows |= {name_of(row, customer_id): row for sk, row in history if sk.startswith((LEDGER, *SUMMED))}
        return rows

    def _rows(self, enterprise: str, customer_id: str) -> dict[str, Item]:
        rows = reads.query_all(
            self._client,
            TableName=self._records,
            **reads.key_is("pk", f"{enterprise}#{customer_id}"),
            ConsistentRead=True,
        )
        return {row["sk"]["S"]: row for row in rows}


def wrong_records(expected: Iterable[Item], held: Mapping[str, Item], customer_id: str) -> dict[str, Item | None]:
    """The records of a customer that differ, by name (`name_of`): as they must be; None for one too many.

    `expected` are those that follow from the ledger, and `held` is by name.
    """
    right = {name_of(row, customer_id): row for row in expected}
    summed = {sk for sk in held if sk.startswith(SUMMED)}
    return {sk: right.get(sk) for sk in {*right, *summed} if right.get(sk) != held.get(sk)}


def name_of(row: Mapping[str, Any], customer_id: str) -> str:
    """The sort key; for a row of an absorbed customer with its id, as the keys of an account have it (`scoped`)."""
    scope = scope_of(row, customer_id)
    return f"{row['sk']['S']} {scope}" if scope else str(row["sk"]["S"])
