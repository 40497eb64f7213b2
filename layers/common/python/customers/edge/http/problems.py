"""The one table from refusals to status and code. Any other exception is an INTERNAL_ERROR without details."""

from __future__ import annotations

from customers.domain.refusals import (
    Conflict,
    Forbidden,
    InProgress,
    KeyReused,
    NotFound,
    NotMounted,
    OutcomeUnknown,
    Refusal,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
    ValidationError,
)
from customers.wire.http.envelope import Detail, Error, ErrorCode

_REFUSALS: dict[type[Refusal], tuple[int, ErrorCode]] = {
    ValidationError: (400, "VALIDATION_ERROR"),
    Unauthenticated: (401, "INVALID_API_KEY"),
    Forbidden: (403, "FORBIDDEN"),
    NotMounted: (404, "NOT_FOUND"),
    NotFound: (404, "NOT_FOUND"),
    InProgress: (409, "IDEMPOTENCY_IN_PROGRESS"),
    TooLarge: (413, "PAYLOAD_TOO_LARGE"),
    KeyReused: (422, "IDEMPOTENCY_KEY_REUSED"),
    Throttled: (429, "RATE_LIMITED"),
}
RETRY_AFTER = {"Retry-After": "1"}
_UNAVAILABLE = "A store did not answer in time; nothing was changed. Send the request again after Retry-After seconds."
_UNSURE = (
    "A store did not answer in time; the change may have been made. Send the request again after Retry-After seconds, "
    "with the same Idempotency-Key: nothing happens twice."
)


def problem(error: Exception) -> tuple[int, Error, dict[str, str]]:
    """Status, error and headers of the answer to `error`."""
    if isinstance(error, Unavailable | Conflict):
        message = _UNSURE if isinstance(error, OutcomeUnknown) else _UNAVAILABLE
        return 503, {"code": "UPSTREAM_UNAVAILABLE", "message": message, "details": []}, RETRY_AFTER
    if isinstance(error, Refusal) and type(error) in _REFUSALS:
        status, code = _REFUSALS[type(error)]
        return status, {"code": code, "message": str(error), "details": [_detail(error)]}, _headers(error)
    message = "The request failed on our side; quote the request id when you report it."
    return 500, {"code": "INTERNAL_ERROR", "message": message, "details": []}, {}


def _headers(error: Refusal) -> dict[str, str]:
    if isinstance(error, Throttled):
        return {"Retry-After": str(error.seconds)}
    return RETRY_AFTER if isinstance(error, InProgress) else {}


def _detail(error: Refusal) -> Detail:
    return {"field": error.field, "issue": error.issue}
