"""Customers by id, many at a time, as they are now."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.rows import Item, profile_of
from customers.store.dynamodb import dynamo
from customers.store.records import home_key, record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Current:
    """Strongly consistent reads of the Customers and Records tables."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str) -> None:
        self._client = client
        self._customers = customers
        self._records = records_table

    @classmethod
    def connect(cls) -> Current:
        """The tables named by `CUSTOMERS_TABLE` and `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["CUSTOMERS_TABLE"], os.environ["RECORDS_TABLE"])

    def customers(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, Item]:
        """The row of each customer who has one, in two requests for a hundred; who was absorbed has none.

        Of who is erased it is what is left of them.
        """
        return self.pointed_to(self._read({change: pointer_key(change) for change in changes}))

    def pointed_to(self, pointers: Mapping[CustomerRef, Item]) -> dict[CustomerRef, Item]:
        """The row of each whose pointer leads to theirs, in one request for a hundred."""
        keys = {
            change: key
            for change, pointer in pointers.items()
            if (key := home_key(change.enterprise, change.customer_id, pointer))
        }
        # Two ids may lead to one row, which says whose it is.
        wanted = {key["pk"]["S"]: key for key in keys.values()}
        rows = {row["pk"]["S"]: row for row in dynamo.get_all(self._client, self._customers, [*wanted.values()])}
        found = {change: rows.get(key["pk"]["S"]) for change, key in keys.items()}
        return {
            change: row
            for change, row in found.items()
            if row and row.get("customer_id", {}).get("S") == change.customer_id
        }

    def balances(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, int | Exception]:
        """The signed balance of each customer who has a row, or why it cannot be told. Who is erased owes nothing."""
        rows = self.customers(changes)
        return {change: _balance(row) for change, row in rows.items() if "erased_at" not in row}

    def transactions(self, changes: Iterable[CustomerRef]) -> dict[CustomerRef, Item]:
        """The rows that exist of purchases and refunds."""
        return self._read({change: _record(change, change.transaction or "") for change in changes})

    def _read(self, keys: dict[CustomerRef, Item]) -> dict[CustomerRef, Item]:
        return by_change(keys, dynamo.get_all(self._client, self._records, [*keys.values()]))


def _balance(row: Item) -> int | Exception:
    try:
        return profile_of(row).balance_minor
    except Exception as error:  # noqa: BLE001 - this customer's own
        return error


def _record(change: CustomerRef, sk: str) -> Item:
    return record_key(change.enterprise, change.customer_id, sk)


def pointer_key(change: CustomerRef) -> Item:
    """Where it is noted by which phone a customer is found."""
    return _record(change, "pointer")


def by_change(keys: dict[CustomerRef, Item], rows: Iterable[Item]) -> dict[CustomerRef, Item]:
    """The rows that were found, by what they were read for."""
    found = {(row["pk"]["S"], row["sk"]["S"]): row for row in rows}
    named = {change: (key["pk"]["S"], key["sk"]["S"]) for change, key in keys.items()}
    return {change: found[name] for change, name in named.items() if name in found}
