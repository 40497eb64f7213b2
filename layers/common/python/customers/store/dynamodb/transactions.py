"""What transactions are made of."""

from __future__ import annotations

from typing import Any

from customers.store.dynamodb.items import Item


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
