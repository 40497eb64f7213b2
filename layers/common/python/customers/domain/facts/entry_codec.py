"""The one codec of ledger entries: from a payload to the JSON of its own fields, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.facts.fact import CustomerPayload
from customers.domain.facts.fact_types import FACT_TYPES
from customers.domain.facts.imported import ImportedGrant
from customers.domain.identifiers.phone import Phone


def payload_of(kind: str, values: Mapping[str, Any]) -> CustomerPayload:
    """A type's payload, from its own fields, read and checked."""
    described = FACT_TYPES[kind]
    own = {name: values[name] for name in described.required}
    own |= {name: values.get(name) for name in described.optional}
    if described.outgoing:
        own["amount_minor"] = -own["amount_minor"]
    payload: CustomerPayload = described.payload(**own, **described.fixed)
    return payload


def encode(kind: str, payload: CustomerPayload) -> str:
    """The `detail` of a ledger entry. A field without a value is left out."""
    described = FACT_TYPES[kind]
    values = {name: getattr(payload, name) for name in described.fields}
    if described.outgoing:
        values["amount_minor"] = -values["amount_minor"]
    detail = {name: _plain(value) for name, value in values.items() if value is not None}
    return json.dumps(detail, ensure_ascii=False, separators=(",", ":"))


def decode(kind: str, detail: str) -> CustomerPayload:
    """The inverse of `encode`."""
    values: dict[str, Any] = json.loads(detail)
    return payload_of(kind, {name: _read(name, value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Phone():
            return value.e164
        case ImportedGrant():
            values = {name: getattr(value, name) for name in ("grant_id", "amount_minor", "expires_at")}
            return {name: _plain(each) for name, each in values.items() if each is not None}
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _grants(values: list[dict[str, Any]]) -> tuple[ImportedGrant, ...]:
    return tuple(ImportedGrant(**{name: _read(name, value) for name, value in each.items()}) for each in values)


def _read(name: str, value: Any) -> Any:
    return _READ[name](value) if name in _READ else value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "member_since": _instant,
    "expires_at": _instant,
    "last_visit_at": _instant,
    "visits": lambda values: tuple(map(_instant, values)),
    "grants": _grants,
    "provider_customer_ids": tuple,
    "refused": tuple,
    "phone": Phone,
}
"""The fields that are more than JSON's own values."""
