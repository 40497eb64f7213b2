"""What a stream says has changed, and how a change waits in a queue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from customers.domain.changes import Change
from customers.domain.refusals import Invalid
from customers.store.records import TRANSACTIONS

ON_A_ROLL = 100
"""Changes in one message."""

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
    return json.dumps(_shown(change))


def change_of(message: str) -> Change:
    """The inverse of `message_of`. Raises `Invalid`."""
    return _change(_read(message))


def rolls_of(changes: Iterable[Change]) -> Iterator[str]:
    """Messages that hold many changes each."""
    shown = [_shown(change) for change in dict.fromkeys(changes)]
    for start in range(0, len(shown), ON_A_ROLL):
        yield json.dumps(shown[start : start + ON_A_ROLL])


def changes_on(roll: str) -> list[Change]:
    """The inverse of `rolls_of`, for each. Raises `Invalid`."""
    told = _read(roll)
    if not isinstance(told, list):
        raise Invalid("body", "must be a list")
    return [_change(each) for each in told]


def _shown(change: Change) -> dict[str, str]:
    told = {"enterprise": change.enterprise, "customer_id": change.customer_id, "transaction": change.transaction}
    return {name: value for name, value in told.items() if value is not None}


def _read(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise Invalid("body", "must be JSON") from None


def _change(told: Any) -> Change:
    if not isinstance(told, dict):
        raise Invalid("body", "must hold enterprise, customer_id and perhaps transaction")
    for name in ("enterprise", "customer_id"):
        value = told.get(name)
        if not isinstance(value, str) or not value or "#" in value:
            raise Invalid(name, "must be an id")
    transaction = told.get("transaction")
    if transaction is not None and not (isinstance(transaction, str) and transaction.startswith(TRANSACTIONS)):
        raise Invalid("transaction", "must be purchase#… or refund#…")
    return Change(told["enterprise"], told["customer_id"], transaction)


def _is_copy(rest: str) -> bool:
    """A copy of a customer's row, for a further provider id, changes with it."""
    return rest.startswith("provider#")


def _image(record: Record, name: str) -> Mapping[str, Any]:
    image: Mapping[str, Any] = record["dynamodb"].get(name, {})
    return image


def _balance(image: Mapping[str, Any]) -> int:
    return int(image["balance"]["N"]) if "balance" in image else 0
