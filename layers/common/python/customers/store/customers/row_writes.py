"""What a transaction needs to write a customer's row and its copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from customers.domain.customers.profile import Profile
from customers.store.customers.rows import customer_key, customer_rows
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put


def replace_customer(table: str, enterprise: str, stored: Profile | None, profile: Profile) -> Iterator[Any]:
    """A customer's row and its copies, if nobody else has written them since `stored` was read.

    With another phone the row moves: the new one must be nobody's, or lead to this very customer.
    """
    row, *copies = customer_rows(enterprise, profile)
    if stored is None:
        yield put(table, row, "attribute_not_exists(pk)")
    elif stored.phone == profile.phone:
        yield put(table, row, *unchanged(stored))
    else:
        condition, values = unchanged(stored)
        yield {
            "Delete": {
                "TableName": table,
                "Key": customer_key(enterprise, stored.phone),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }
        mine = {":me": {"S": profile.customer_id}}
        yield put(table, row, "attribute_not_exists(pk) OR leads_to = :me", mine)
    yield from (put(table, copy) for copy in copies)
    kept = [copy["pk"] for copy in copies]
    for copy in customer_rows(enterprise, stored)[1:] if stored else []:
        if copy["pk"] not in kept:
            yield {"Delete": {"TableName": table, "Key": {"pk": copy["pk"]}}}


def unchanged(stored: Profile) -> tuple[str, Item]:
    """Whose row it is, too: at an absorbed phone another's may lie by now, of the same version."""
    values = {":version": {"N": str(stored.version)}, ":customer": {"S": stored.customer_id}}
    return "version = :version AND customer_id = :customer", values
