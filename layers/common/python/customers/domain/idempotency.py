"""Idempotency keys: a request has one effect, however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.domain.activity_log import ActivityEntry
from customers.domain.canonical_json import canonical_json, whole_numbers
from customers.domain.refusals import KeyReused

KEPT = timedelta(hours=72)
"""How long an answer is kept, to be replayed."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key of a request within its enterprise. `fingerprint` stands for its content, `at` is when it arrived."""

    operation: str
    key: str = field(repr=False)
    fingerprint: str = field(repr=False)
    at: datetime

    @property
    def until(self) -> datetime:
        """When its answer expires."""
        return self.at + KEPT


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """The complete answer of a request that was carried out, to be replayed."""

    fingerprint: str = field(repr=False)
    status: int
    data: Mapping[str, Any] = field(repr=False)
    completeness: int | None
    customer_id: str | None = None
    """The customer whom a stored answer is about, if any."""
    entry: ActivityEntry | None = None
    """The activity log entry of the request. It is stored apart from the record."""

    def require_for(self, idempotency_key: IdempotencyKey) -> None:
        """Raises `KeyReused` if the same key came with another request."""
        if self.fingerprint != idempotency_key.fingerprint:
            raise KeyReused("Idempotency-Key", "was already used for another request; send a new key with this one")


def fingerprint(operation: str, branch: str | None, payload: Mapping[str, Any]) -> str:
    """Equal for equal requests at one branch: SHA-256 of the parsed payload (plain JSON).

    Two spellings of one JSON value are equal: the order of keys, escapes, `1` and `1.0`.
    """
    text = canonical_json(whole_numbers([operation, branch, dict(payload)]))
    return hashlib.sha256(text.encode()).hexdigest()
