"""One effect for a request, however often it is sent: its key, what it asks, and the answer that it was given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.domain.refusals import KeyReused

KEPT = timedelta(hours=72)
"""How long an answer is kept for those who ask again."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A request that has one effect within its enterprise. `fingerprint` is what it asks, `at` when it came."""

    operation: str
    key: str = field(repr=False)
    fingerprint: str = field(repr=False)
    at: datetime

    @property
    def until(self) -> datetime:
        """The end of the time in which its answer is kept."""
        return self.at + KEPT


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """That a request was carried out, and its answer, whole: what it needs to be given again."""

    fingerprint: str = field(repr=False)
    status: int
    data: Mapping[str, Any] = field(repr=False)
    completeness: int | None

    def require_for(self, idempotency_key: IdempotencyKey) -> None:
        """Raises `KeyReused` where it is the receipt of another request with the same key."""
        if self.fingerprint != idempotency_key.fingerprint:
            raise KeyReused("Idempotency-Key", "was sent with another request before; make a new key for this one")


def fingerprint(operation: str, branch: str | None, payload: Mapping[str, Any]) -> str:
    """The same for two requests that ask the same at one branch: SHA-256 of the payload (plain JSON) as it was read."""
    told = json.dumps([operation, branch, dict(payload)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
