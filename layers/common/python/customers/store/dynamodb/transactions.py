"""What transactions are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from customers.domain.customers.profile import Profile
from customers.store.customers.rows import Item, customer_key, customer_rows


def put(
    table: str,
    item: Item,
    condition: str | None = None,
    values: Item | None = None,
    names: dict[str, str] | None = None,
) -> Any:
    """One item to write, perhaps on a condition. `names` are of attributes that a condition cannot say plainly."""
    made: dict[str, Any] = {"TableName": table, "Item": item}
    if condition:
        made["ConditionExpression"] = condition
    if values:
        made["ExpressionAttributeValues"] = values
    if names:
        made["ExpressionAttributeNames"] = names
    return {"Put": made}


def delete(table: str, key: Item, condition: str, values: Item, names: dict[str, str] | None = None) -> Any:
    """One item to take away, on a condition; it does not hold where there is none."""
    made: dict[str, Any] = {
        "TableName": table,
        "Key": key,
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }
    if names:
        made["ExpressionAttributeNames"] = names
    return {"Delete": made}


def require(table: str, key: Item, condition: str, values: Item, names: dict[str, str] | None = None) -> Any:
    """An item that is not written, and must be so for the others to be."""
    return {"ConditionCheck": delete(table, key, condition, values, names)["Delete"]}


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


def one_per_item(writes: list[Any]) -> list[Any]:
    """A transaction may touch an item once: where one customer's copy goes and another's takes its place, the put."""
    written = [_target(write["Put"]["TableName"], write["Put"]["Item"]) for write in writes if "Put" in write]
    return [
        write
        for write in writes
        if "Delete" not in write or _target(write["Delete"]["TableName"], write["Delete"]["Key"]) not in written
    ]


def _target(table: str, item: Item) -> tuple[Any, ...]:
    """The one item that a write is about."""
    return table, item["pk"], item.get("sk")
