"""What a stream says has changed, and how a change waits in a queue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from customers.domain.changes import Change
from customers.domain.refusals import Invalid
from customers.store.records import TRANSACTIONS

Record = Mapping[str, Any]
"""A stream's record, as Lambda hands it over: keys and images in DynamoDB's JSON."""


def changes_of(record: Record) -> list[Change]:
    """Whom to look at; nobody for a record that no derived data depends on."""
    keys = record["dynamodb"]["Keys"]
    enterprise, _, rest = keys["pk"]["S"].partition("#")
    if "sk" in keys:
        kind = keys["sk"]["S"]
        return [Change(enterprise, rest, kind)] if kind.startswith(TRANSACTIONS) else []
    if _is_copy(rest):
        return []
    # A row may pass from one customer to another.
    images = (_image(record, "OldImage"), _image(record, "NewImage"))
    owners = dict.fromkeys(image["customer_id"]["S"] for image in images if "customer_id" in image)
    return [Change(enterprise, customer_id) for customer_id in owners]


def overdrawn_of(record: Record) -> Change | None:
    """The customer whose balance this very write brought below 0."""
    keys, new = record["dynamodb"]["Keys"], _image(record, "NewImage")
    enterprise, _, rest = keys["pk"]["S"].partition("#")
    if "sk" in keys or _is_copy(rest) or _balance(new) >= 0 or _balance(_image(record, "OldImage")) < 0:
        return None
    return Change(enterprise, new["customer_id"]["S"])


def message_of(change: Change) -> str:
    """Ids and nothing else."""
    told = {"enterprise": change.enterprise, "customer_id": change.customer_id, "transaction": change.transaction}
    return json.dumps({name: value for name, value in told.items() if value is not None})


def change_of(message: str) -> Change:
    """The inverse of `message_of`. Raises `Invalid`."""
    try:
        told = json.loads(message)
        change = Change(told["enterprise"], told["customer_id"], told.get("transaction"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Invalid("body", "must be JSON with enterprise, customer_id and perhaps transaction") from None
    for name in ("enterprise", "customer_id"):
        value = getattr(change, name)
        if not isinstance(value, str) or not value or "#" in value:
            raise Invalid(name, "must be an id")
    if change.transaction is not None and not str(change.transaction).startswith(TRANSACTIONS):
        raise Invalid("transaction", "must be purchase#… or refund#…")
    return change


def _is_copy(rest: str) -> bool:
    """A copy of a customer's row, for a further provider id, changes with it."""
    return rest.startswith("provider#")


def _image(record: Record, name: str) -> Mapping[str, Any]:
    image: Mapping[str, Any] = record["dynamodb"].get(name, {})
    return image


def _balance(image: Mapping[str, Any]) -> int:
    return int(image["balance"]["N"]) if "balance" in image else 0
