"""Errors as types. None of them holds a phone, a name or a token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


class CustomersError(Exception):
    """Everything that this package raises on purpose."""


class Superseded(CustomersError):
    """A newer lookup, or `cancel`, took the place of this one. Show nothing."""


class DeadlineExceeded(CustomersError):
    """There was no answer in time. `__cause__` is the last failure, if one came."""


class NetworkError(CustomersError):
    """The request did not reach the service, or its answer did not arrive."""


class TokenError(CustomersError):
    """The token callback failed, or gave no token."""


class ApiError(CustomersError):
    """The service, or something in front of it, refused the request."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        details: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        """A published error code; None when the answer was not the service's, such as a proxy's page."""
        self.request_id = request_id
        """Quote it when you report a problem."""
        self.retry_after = retry_after
        """Seconds after which the same request may be sent again; None if the answer did not say."""
        self.details = details or []
        """`{"field": …, "issue": …}` for each field to mend."""

    def __str__(self) -> str:
        return f"{super().__str__()} (request {self.request_id})"


class ValidationError(ApiError):
    """400: mend the field in `details`."""


class InvalidApiKey(ApiError):
    """401: the token is missing, over or not meant for this."""


class Forbidden(ApiError):
    """403: the token's merchant or branch is not active, or lacks the permission."""


class NotFound(ApiError):
    """404: an unknown id, or an operation that this environment does not mount."""


class IdempotencyInProgress(ApiError):
    """409: the first request with this key is still at work."""


class IdempotencyKeyReused(ApiError):
    """422: the key was used for another request."""


class PayloadTooLarge(ApiError):
    """413."""


class RateLimited(ApiError):
    """429: send it again after `retry_after` seconds."""


class InternalError(ApiError):
    """500."""


class UpstreamUnavailable(ApiError):
    """503: send it again after `retry_after` seconds."""


class UnexpectedAnswer(ApiError):
    """An answer without the envelope."""


_TYPES: dict[str, type[ApiError]] = {
    "VALIDATION_ERROR": ValidationError,
    "INVALID_API_KEY": InvalidApiKey,
    "FORBIDDEN": Forbidden,
    "NOT_FOUND": NotFound,
    "IDEMPOTENCY_IN_PROGRESS": IdempotencyInProgress,
    "IDEMPOTENCY_KEY_REUSED": IdempotencyKeyReused,
    "PAYLOAD_TOO_LARGE": PayloadTooLarge,
    "RATE_LIMITED": RateLimited,
    "INTERNAL_ERROR": InternalError,
    "UPSTREAM_UNAVAILABLE": UpstreamUnavailable,
}


def refusal_of(status: int, headers: Mapping[str, str], envelope: dict[str, Any] | None) -> ApiError:
    """The error of an answer that is no success. `headers` have names in small letters."""
    request_id, retry_after = headers.get("x-request-id"), _seconds(headers.get("retry-after"))
    if envelope is None or not envelope.get("error"):
        message = f"HTTP {status} without the service's envelope"
        return UnexpectedAnswer(message, status=status, request_id=request_id, retry_after=retry_after)
    error, code = envelope["error"], str(envelope["error"].get("code"))
    return _TYPES.get(code, ApiError)(
        f"{code}: {error.get('message')}",
        status=status,
        code=code,
        request_id=envelope["meta"].get("request_id") or request_id,
        retry_after=retry_after,
        details=error.get("details"),
    )


def may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed if it is sent again."""
    if isinstance(error, ApiError):
        return isinstance(error, IdempotencyInProgress) or error.status in (408, 429) or error.status >= 500
    return isinstance(error, NetworkError)


def _seconds(text: str | None) -> float | None:
    """Of a Retry-After header: a number of seconds, or a date."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
