"""The envelope around every answer."""

from __future__ import annotations

from typing import Literal

from customers.wire.http.schema import TypedDict

API_VERSION = "2026-06-01"

ErrorCode = Literal[
    "VALIDATION_ERROR",
    "INVALID_API_KEY",
    "FORBIDDEN",
    "NOT_FOUND",
    "IDEMPOTENCY_IN_PROGRESS",
    "IDEMPOTENCY_KEY_REUSED",
    "PAYLOAD_TOO_LARGE",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
    "UPSTREAM_UNAVAILABLE",
]


class Detail(TypedDict):
    field: str
    """The parameter, header or body field to correct."""
    issue: str
    """What is wrong with it."""


class Error(TypedDict):
    code: ErrorCode
    """Stable: decide by this."""
    message: str
    """For developers to read; the wording may change."""
    details: list[Detail]


class Meta(TypedDict):
    request_id: str
    """Quote it when you report a problem. It is also in the X-Request-Id header."""
    idempotency_replayed: bool
    """Whether this is the stored answer of an earlier request with the same Idempotency-Key."""
    api_version: str
    data_completeness_score: int | None
    """0 to 100 when the answer is about one customer, else null."""


class ErrorEnvelope(TypedDict):
    ok: bool
    """Always false here."""
    data: None
    error: Error
    meta: Meta


def meta(request_id: str, completeness: int | None = None, *, replayed: bool = False) -> Meta:
    return {
        "request_id": request_id,
        "idempotency_replayed": replayed,
        "api_version": API_VERSION,
        "data_completeness_score": completeness,
    }


def success(data: object, about: Meta) -> dict[str, object]:
    return {"ok": True, "data": data, "error": None, "meta": about}


def failure(error: Error, about: Meta) -> ErrorEnvelope:
    return {"ok": False, "data": None, "error": error, "meta": about}
