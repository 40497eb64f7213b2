"""How customers and their changes wait in a queue: messages of ids only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from customers.domain.refusals import ValidationError
from customers.domain.stats.customer_refs import Bucket, CustomerRef, Due, History, Waiting
from customers.store.records.transaction_rows import TRANSACTIONS

PER_MESSAGE = 100
"""The most customers in one message."""

_BUCKET = re.compile(r"[0-9a-f]{2}")
_DIGIT = re.compile(r"[0-9a-f]?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


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
    if isinstance(body, dict) and "day" in body:
        return _due(body)
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


def _due(body: Mapping[str, Any]) -> Due:
    day, bucket, after = body["day"], body.get("bucket", ""), body.get("after", "")
    _require_id("enterprise", body.get("enterprise"))
    if not isinstance(day, str) or not _DAY.fullmatch(day):
        raise ValidationError("day", "must be a date")
    if not isinstance(bucket, str) or not _DIGIT.fullmatch(bucket):
        raise ValidationError("bucket", "must be a hexadecimal digit")
    if not isinstance(after, str):
        raise ValidationError("after", "must be a key")
    return Due(body["enterprise"], day, bucket, after)


def _require_id(name: str, value: object) -> None:
    if not isinstance(value, str) or not value or "#" in value:
        raise ValidationError(name, "must be an id")
