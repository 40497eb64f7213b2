"""Customers by id, many at a time, as they are now."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from customers.domain.identifiers.phone import Phone
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.pointers import home_key
from customers.store.customers.rows import profile_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.records.absorbed_rows import ABSORBED
from customers.store.records.keys import record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class BatchReader:
    """Strongly consistent reads of the Customers and Records tables."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> BatchReader:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def customers(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, Item]:
        """The rows of the customers, in two requests for a hundred. An absorbed customer has none, an erased one the
        residual row.
        """
        return self.pointed_to(self._read({change: pointer_key_of(change) for change in changes}))

    def pointed_to(self, pointers: Mapping[CustomerRef, Item]) -> dict[CustomerRef, Item]:
        """The rows that the pointers lead to, in one request for a hundred."""
        keys = {
            change: key
            for change, pointer in pointers.items()
            if (key := home_key(change.enterprise, change.customer_id, pointer))
        }
        # Two ids may lead to the same row: it says whose it is.
        wanted = {key["pk"]["S"]: key for key in keys.values()}
        rows = {row["pk"]["S"]: row for row in reads.get_all(self._client, self._customers, [*wanted.values()])}
        found = {change: rows.get(key["pk"]["S"]) for change, key in keys.items()}
        return {
            change: row
            for change, row in found.items()
            if row and row.get("customer_id", {}).get("S") == change.customer_id
        }

    def absorbed_phones(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, Phone]:
        """The phone of each customer whom a merge has absorbed, in two requests for a hundred. An erasure takes it."""
        pointers = self._read({change: pointer_key_of(change) for change in changes})
        kept = {
            change: record_key(change.enterprise, pointer["merged_into"]["S"], f"{ABSORBED}{change.customer_id}")
            for change, pointer in pointers.items()
            if "merged_into" in pointer
        }
        return {change: Phone(row["phone"]["S"]) for change, row in self._read(kept).items() if "phone" in row}

    def balances(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, int | Exception]:
        """The signed balance of each customer who has a row, or why it cannot be read. Not of erased ones."""
        rows = self.customers(changes)
        return {change: _balance(row) for change, row in rows.items() if "erased_at" not in row}

    def transactions(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, Item]:
        """The rows of purchases and refunds, as far as they exist."""
        return self._read({change: _record(change, change.transaction or "") for change in changes})

    def _read(self, keys: dict[CustomerRef, Item]) -> dict[CustomerRef, Item]:
        if not keys:
            return {}
        return by_change(keys, reads.get_all(self._client, self._records, [*keys.values()]))


def _balance(row: Item) -> int | Exception:
    try:
        return profile_of(row).balance_minor
    except Exception as error:  # noqa: BLE001 - the others go on
        return error


def _record(change: CustomerRef, sk: str) -> Item:
    return record_key(change.enterprise, change.customer_id, sk)


def pointer_key_of(ref: CustomerRef) -> Item:
    return _record(ref, "pointer")


def by_change(keys: dict[CustomerRef, Item], rows: Iterable[Item]) -> dict[CustomerRef, Item]:
    """The rows that were found, by the reference that they were read for."""
    found = {(row["pk"]["S"], row["sk"]["S"]): row for row in rows}
    named = {change: (key["pk"]["S"], key["sk"]["S"]) for change, key in keys.items()}
    return {change: found[name] for change, name in named.items() if name in found}
