"""What a stream says has changed, and how a change waits in a queue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from customers.domain.refusals import ValidationError
from customers.domain.stats.customer_refs import Bucket, CustomerRef, buckets
from customers.store.customers.rows import is_copy
from customers.store.records import TRANSACTIONS
from customers.store.registry import thresholds_in

ON_A_ROLL = 100
"""Changes in one message."""

_BUCKET = re.compile(r"[0-9a-f]{2}")

Record = Mapping[str, Any]
"""A stream's record, as Lambda hands it over: keys and images in DynamoDB's JSON."""


def changes_of(record: Record) -> list[CustomerRef]:
    """Whom to look at; nobody for a record that no derived data depends on."""
    keys = record["dynamodb"]["Keys"]
    enterprise, _, rest = keys["pk"]["S"].partition("#")
    if "sk" in keys:
        kind = keys["sk"]["S"]
        return [CustomerRef(enterprise, rest, kind)] if kind.startswith(TRANSACTIONS) else []
    if is_copy(keys["pk"]["S"]):
        return []
    # A row may pass from one customer to another.
    images = (_image(record, "OldImage"), _image(record, "NewImage"))
    owners = dict.fromkeys(image["customer_id"]["S"] for image in images if "customer_id" in image)
    return [CustomerRef(enterprise, customer_id) for customer_id in owners]


def overdrawn_of(record: Record) -> CustomerRef | None:
    """The customer whose balance this very write brought below 0."""
    keys, new = record["dynamodb"]["Keys"], _image(record, "NewImage")
    enterprise = keys["pk"]["S"].partition("#")[0]
    if (
        "sk" in keys
        or is_copy(keys["pk"]["S"])
        or "erased_at" in new
        or _balance(new) >= 0
        or _balance(_image(record, "OldImage")) < 0
    ):
        return None
    return CustomerRef(enterprise, new["customer_id"]["S"])


def resettled_by(record: Record) -> list[Bucket]:
    """Whom a write to the Enterprises table concerns: everybody, if it moved where badges begin; else nobody."""
    before, after = (thresholds_in(_image(record, name)) for name in ("OldImage", "NewImage"))
    return [] if before == after else buckets(record["dynamodb"]["Keys"]["pk"]["S"])


def message_of(waiting: CustomerRef | Bucket) -> str:
    """Ids and nothing else."""
    return json.dumps(_shown(waiting))


def change_of(message: str) -> CustomerRef:
    """The inverse of `message_of`. Raises `ValidationError`."""
    return _change(_read(message))


def waiting_of(message: str) -> CustomerRef | Bucket:
    """The inverse of `message_of`. Raises `ValidationError`."""
    told = _read(message)
    return _bucket(told) if isinstance(told, dict) and "bucket" in told else _change(told)


def rolls_of(changes: Iterable[CustomerRef]) -> Iterator[str]:
    """Messages that hold many changes each."""
    shown = [_shown(change) for change in dict.fromkeys(changes)]
    for start in range(0, len(shown), ON_A_ROLL):
        yield json.dumps(shown[start : start + ON_A_ROLL])


def changes_on(roll: str) -> list[CustomerRef]:
    """The inverse of `rolls_of`, for each. Raises `ValidationError`."""
    told = _read(roll)
    if not isinstance(told, list):
        raise ValidationError("body", "must be a list")
    return [_change(each) for each in told]


def _shown(waiting: CustomerRef | Bucket) -> dict[str, str]:
    return {name: value for name, value in asdict(waiting).items() if value}


def _read(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise ValidationError("body", "must be JSON") from None


def _change(told: Any) -> CustomerRef:
    if not isinstance(told, dict):
        raise ValidationError("body", "must hold enterprise, customer_id and perhaps transaction")
    for name in ("enterprise", "customer_id"):
        _require_id(name, told.get(name))
    transaction = told.get("transaction")
    if transaction is not None and not (isinstance(transaction, str) and transaction.startswith(TRANSACTIONS)):
        raise ValidationError("transaction", "must be purchase#… or refund#…")
    return CustomerRef(told["enterprise"], told["customer_id"], transaction)


def _bucket(told: Mapping[str, Any]) -> Bucket:
    bucket, after = told["bucket"], told.get("after")
    _require_id("enterprise", told.get("enterprise"))
    if not isinstance(bucket, str) or not _BUCKET.fullmatch(bucket):
        raise ValidationError("bucket", "must be two hexadecimal digits")
    if after is not None:
        _require_id("after", after)
    return Bucket(told["enterprise"], bucket, after or "")


def _require_id(name: str, value: object) -> None:
    if not isinstance(value, str) or not value or "#" in value:
        raise ValidationError(name, "must be an id")


def _image(record: Record, name: str) -> Mapping[str, Any]:
    image: Mapping[str, Any] = record["dynamodb"].get(name, {})
    return image


def _balance(image: Mapping[str, Any]) -> int:
    return int(image["balance"]["N"]) if "balance" in image else 0
