"""The row of a customer that names who is said to be another person. Each of the two has one, in Records.

It is no projection of the ledger: rebuild and audit leave it alone. It stays under its id in a merge, as the history
does; a reader asks for the rows of all parts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import update
from customers.store.records.keys import record_key

NOT_THE_SAME = "not_the_same"
"""The sort key."""
MOST = 500
"""Ids in a row: 20 KB."""


def not_the_same_key(enterprise: str, customer_id: str) -> Item:
    return record_key(enterprise, customer_id, NOT_THE_SAME)


def not_the_same_ids(row: Mapping[str, Any]) -> frozenset[str]:
    """The customers who are said to be other people, by the ids that they had then. Any other row names nobody."""
    return frozenset(row["customer_ids"]["SS"]) if "customer_ids" in row else frozenset()


def say(table: str, enterprise: str, customer_id: str, others: Collection[str]) -> Any:
    """Adds ids to a customer's row. Saying it again changes nothing."""
    key = not_the_same_key(enterprise, customer_id)
    return update(table, key, "ADD customer_ids :others", values={":others": {"SS": sorted(others)}})
