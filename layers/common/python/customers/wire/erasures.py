"""The register of erasures: the queries and the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast, get_args

from customers.domain.customers.profile import State
from customers.domain.enterprise import Settings
from customers.domain.erasure.jws import payload_of
from customers.domain.erasure.plan import Erasure, Status, blockers
from customers.domain.instants import show_instant
from customers.domain.refusals import NotFound, ValidationError
from customers.wire.http.paging import CURSOR, limit_of, read_limit
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, TypedDict
from customers.wire.identifiers.paths import ERASURE_SHAPE

STATUS = Parameter(
    "status",
    "Only erasures of this status.",
    schema={"type": "string", "enum": list(get_args(Status))},
    example="done",
)
ERASURES_PARAMETERS = (STATUS, limit_of("Erasures"), CURSOR)
UNKNOWN = "does not match an erasure of this enterprise"


@dataclass(frozen=True, slots=True)
class ErasuresQuery:
    """The status (None for all) and the page."""

    status: Status | None
    limit: int
    cursor: str | None = field(repr=False)

    @property
    def bound(self) -> str:
        """A cursor is valid for one `bound`."""
        return self.status or ""

    @staticmethod
    def read(request: Request, _settings: Settings) -> ErasuresQuery:
        """Raises `ValidationError` naming the parameter to mend."""
        status = request.one("status")
        if status is not None and status not in get_args(Status):
            raise ValidationError("status", f"must be one of {', '.join(get_args(Status))}")
        return ErasuresQuery(cast("Status | None", status), read_limit(request.one("limit")), request.one("cursor"))


@dataclass(frozen=True, slots=True)
class ErasureQuery:
    """The erasure in the path."""

    erasure_id: str

    @staticmethod
    def read(request: Request, _settings: Settings) -> ErasureQuery:
        """An impossible id is refused like an unknown one: raises `NotFound`."""
        erasure_id = request.variable("id")
        if not ERASURE_SHAPE.fullmatch(erasure_id):
            raise NotFound("id", UNKNOWN)
        return ErasureQuery(erasure_id)


class ErasureEntry(TypedDict):
    erasure_id: str
    customer_id: str
    """The erased customer, or the one who waits."""
    status: Literal["escalated", "erasing", "done", "failed", "expired"]
    """`escalated`: waits until the money is settled. `erasing`: no read finds the person, stored copies are being
    removed. `done`: everything is gone, and the receipt is there. `failed`: the removal of copies needs an operator.
    `expired`: the money was not settled in time, and nothing was erased."""
    blockers: list[str]
    """What keeps the erasure from being done; empty if nothing does."""
    outcome: Literal["hard_deleted", "anonymized"] | None
    """Null while nothing has been erased."""
    prior_state: State
    requested_at: Instant
    erased_at: Instant | None


class ErasuresData(TypedDict):
    erasures: list[ErasureEntry]
    """Newest first. A page may have fewer than `limit`, or none, and still have a `next_cursor`."""
    next_cursor: str | None
    """The cursor of the next page; null on the last page."""
    fetched_at: Instant


class ErasureData(TypedDict):
    erasure: ErasureEntry
    receipt: dict[str, Any] | None
    """The content of the receipt: what was removed, scrubbed and kept, and the checks that it rests on. Null until the
    erasure is done."""
    signed: str | None
    """The receipt as a JSON Web Signature (ES256). `GET /capabilities` has the key that verifies it."""
    fetched_at: Instant


def erasures_data(page: list[Erasure], next_cursor: str | None, now: datetime) -> ErasuresData:
    return {
        "erasures": [_entry(each) for each in page],
        "next_cursor": next_cursor,
        "fetched_at": show_instant(now),
    }


def erasure_data(erasure: Erasure, signed: str | None, now: datetime) -> ErasureData:
    return {
        "erasure": _entry(erasure),
        "receipt": payload_of(signed) if signed else None,
        "signed": signed,
        "fetched_at": show_instant(now),
    }


def _entry(erasure: Erasure) -> ErasureEntry:
    return {
        "erasure_id": erasure.id,
        "customer_id": erasure.customer_id,
        "status": erasure.status,
        "blockers": list(blockers(erasure.status)),
        "outcome": erasure.outcome,
        "prior_state": erasure.prior_state,
        "requested_at": show_instant(erasure.requested_at),
        "erased_at": show_instant(erasure.erased_at) if erasure.erased_at else None,
    }


_EXAMPLE: ErasureEntry = {
    "erasure_id": "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "status": "done",
    "blockers": [],
    "outcome": "anonymized",
    "prior_state": "VERIFIED",
    "requested_at": "2026-06-05T09:20:00Z",
    "erased_at": "2026-06-05T09:20:00Z",
}
ERASURES_EXAMPLE: ErasuresData = {
    "erasures": [_EXAMPLE],
    "next_cursor": "c2Vu9q1YkQ0o3HcLzY5t7uX0m4r6Jw9sVd1Lg2Ez8pTn5Kf3Aa",
    "fetched_at": "2026-06-05T10:00:00Z",
}
_RECEIPT: Mapping[str, Any] = {
    "type": "erasure-receipt",
    "version": 1,
    "erasure_id": "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
    "outcome": "anonymized",
    "erased_at": "2026-06-05T09:20:00Z",
    "swept_at": "2026-06-05T09:43:00Z",
}
ERASURE_EXAMPLE: ErasureData = {
    "erasure": _EXAMPLE,
    "receipt": dict(_RECEIPT),
    "signed": "eyJhbGciOiJFUzI1NiIsImtpZCI6IuKApiJ9.eyJ0eXBlIjoiZXJhc3VyZS1yZWNlaXB0In0.c2lnbmVk",
    "fetched_at": "2026-06-05T10:00:00Z",
}
