"""Which customers a stream's record is about, and how they wait in a queue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from customers.domain.refusals import ValidationError
from customers.domain.stats.customer_refs import Bucket, CustomerRef, History, Waiting, buckets
from customers.store.customers.keys import is_copy
from customers.store.records.transaction_rows import TRANSACTIONS
from customers.store.stats.counting import counting_rules_in

PER_MESSAGE = 100
"""The most customers in one message."""

_BUCKET = re.compile(r"[0-9a-f]{2}")

Record = Mapping[str, Any]
"""A stream's record, as Lambda hands it over: keys and images in DynamoDB's JSON."""


def changes_of(record: Record) -> list[CustomerRef]:
    """The customers to reconcile; none for a record on which no derived data depends."""
    keys = record["dynamodb"]["Keys"]
    enterprise, _, rest = keys["pk"]["S"].partition("#")
    if "sk" in keys:
        kind = keys["sk"]["S"]
        return [CustomerRef(enterprise, rest, kind)] if kind.startswith(TRANSACTIONS) else []
    if is_copy(keys["pk"]["S"]):
        return []
    # A row may change from one customer to another.
    images = (_image(record, "OldImage"), _image(record, "NewImage"))
    owners = dict.fromkeys(image["customer_id"]["S"] for image in images if "customer_id" in image)
    return [CustomerRef(enterprise, customer_id) for customer_id in owners]


def overdrawn_of(record: Record) -> CustomerRef | None:
    """The customer whose balance this write brought below 0."""
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
    """All buckets of an enterprise whose badge thresholds or time zone a write changed; none for another write."""
    before, after = (counting_rules_in(_image(record, name)) for name in ("OldImage", "NewImage"))
    if before == after:
        return []
    return buckets(record["dynamodb"]["Keys"]["pk"]["S"], days=before.time_zone != after.time_zone)


def message_of(waiting: Waiting) -> str:
    """A message of ids only."""
    return json.dumps(_shown(waiting))


def change_of(message: str) -> CustomerRef:
    """The inverse of `message_of`. Raises `ValidationError`."""
    return _change(_read(message))


def waiting_of(message: str) -> Waiting:
    """The inverse of `message_of`. Raises `ValidationError`."""
    body = _read(message)
    if isinstance(body, dict) and "history_after" in body:
        change = _change({name: value for name, value in body.items() if name != "history_after"})
        return History(change.enterprise, change.customer_id, str(body["history_after"]))
    return _bucket(body) if isinstance(body, dict) and "bucket" in body else _change(body)


def batches_of(changes: Iterable[CustomerRef]) -> Iterator[str]:
    """Messages that hold many customers each."""
    shown = [_shown(change) for change in dict.fromkeys(changes)]
    for start in range(0, len(shown), PER_MESSAGE):
        yield json.dumps(shown[start : start + PER_MESSAGE])


def batch_of(message: str) -> list[CustomerRef]:
    """The inverse of `batches_of`, for one message. Raises `ValidationError`."""
    body = _read(message)
    if not isinstance(body, list):
        raise ValidationError("body", "must be a list")
    return [_change(each) for each in body]


def _shown(waiting: Waiting) -> dict[str, Any]:
    return {name: value for name, value in asdict(waiting).items() if value}


def _read(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise ValidationError("body", "must be JSON") from None


def _change(body: Any) -> CustomerRef:
    if not isinstance(body, dict):
        raise ValidationError("body", "must hold enterprise, customer_id and perhaps transaction")
    for name in ("enterprise", "customer_id"):
        _require_id(name, body.get(name))
    transaction = body.get("transaction")
    if transaction is not None and not (isinstance(transaction, str) and transaction.startswith(TRANSACTIONS)):
        raise ValidationError("transaction", "must be purchase#… or refund#…")
    return CustomerRef(body["enterprise"], body["customer_id"], transaction)


def _bucket(body: Mapping[str, Any]) -> Bucket:
    bucket, after = body["bucket"], body.get("after")
    _require_id("enterprise", body.get("enterprise"))
    if not isinstance(bucket, str) or not _BUCKET.fullmatch(bucket):
        raise ValidationError("bucket", "must be two hexadecimal digits")
    if after is not None:
        _require_id("after", after)
    return Bucket(body["enterprise"], bucket, after or "", days=body.get("days") is True)


def _require_id(name: str, value: object) -> None:
    if not isinstance(value, str) or not value or "#" in value:
        raise ValidationError(name, "must be an id")


def _image(record: Record, name: str) -> Mapping[str, Any]:
    image: Mapping[str, Any] = record["dynamodb"].get(name, {})
    return image


def _balance(image: Mapping[str, Any]) -> int:
    return int(image["balance"]["N"]) if "balance" in image else 0
