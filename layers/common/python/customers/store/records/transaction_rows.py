"""Rows of purchases and refunds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts.account import Transaction
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put
from customers.store.records.keys import record_key, scope_of, stamp_of

TRANSACTIONS = ("purchase#", "refund#")
"""How the sort keys of transactions begin."""


def transaction_row(enterprise: str, customer_id: str, transaction: Transaction, counted: str | None) -> Item:
    """`counted` is what the stats have counted of it so far; `uncounted` stays until they have counted this version."""
    row = {
        **record_key(enterprise, transaction.scope or customer_id, f"{transaction.kind}#{transaction.id}"),
        "amount": {"N": str(transaction.amount_minor)},
        "stamp": {"S": str(transaction.order)},
        "uncounted": {"BOOL": True},
    }
    if transaction.branch_id is not None:
        row["branch_id"] = {"S": transaction.branch_id}
    if transaction.included:
        row["included"] = {"BOOL": True}
    if counted is not None:
        row["counted"] = {"S": counted}
    return row


def put_transaction(table: str, row: Item, *, is_new: bool = False) -> Any:
    """Writes the row, unless the stats have counted it since the read, which does not raise the customer's version.
    A new row is written if there is none.
    """
    if "counted" in row:
        return put(table, row, "counted = :counted", {":counted": row["counted"]})
    return put(table, row, "attribute_not_exists(pk)" if is_new else "attribute_not_exists(counted)")


def transaction_of(row: Mapping[str, Any], customer_id: str | None = None) -> Transaction:
    """The inverse of `transaction_row`, of this customer; without one it is of no part."""
    kind, _, number = row["sk"]["S"].partition("#")
    return Transaction(
        kind="purchase" if kind == "purchase" else "refund",
        id=number,
        amount_minor=int(row["amount"]["N"]),
        branch_id=row["branch_id"]["S"] if "branch_id" in row else None,
        order=stamp_of(row["stamp"]["S"]),
        scope=scope_of(row, customer_id),
        included="included" in row,
    )
