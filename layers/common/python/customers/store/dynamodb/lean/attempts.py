"""When a request is sent again, and after how long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from customers.store.client_errors import NoAnswer, NotSent, ServiceError

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_TURNED_AWAY = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Codes of a request that was not carried out because there are too many."""
_AGAIN = frozenset({"RequestTimeout", "RequestTimeoutException", "TransactionInProgressException"})
_TOO_MANY = 429
_FAILED = (500, 502, 503, 504)


def attempted(send: Callable[[], Any], most: int, *, is_repeatable: bool) -> Any:
    """What `send` gives, within `most` attempts.

    Raises `NotSent` only where no attempt can have been carried out, `NoAnswer` where one may have been and nobody
    knows, `ServiceError` where DynamoDB refused.
    """
    open_before = False
    for attempt in range(1, most + 1):
        try:
            return send()
        except (NoAnswer, ServiceError) as fault:
            was_turned_away = isinstance(fault, NotSent) or _is_turned_away(fault)
            is_last = attempt == most or not (was_turned_away or (is_repeatable and _passes(fault)))
            if is_last and was_turned_away and open_before:
                # This attempt was not carried out; an earlier one may have been.
                raise NoAnswer(f"after one without an answer: {fault}") from None
            if is_last:
                raise
            open_before = open_before or not was_turned_away
        time.sleep(_pause(attempt))
    raise AssertionError("there is no attempt")


def _is_turned_away(fault: Exception) -> bool:
    return isinstance(fault, ServiceError) and (
        fault.response["Error"]["Code"] in _TURNED_AWAY or _status(fault) == _TOO_MANY
    )


def _passes(fault: Exception) -> bool:
    """Whether the same request may be answered in a moment."""
    if not isinstance(fault, ServiceError):
        return True
    return fault.response["Error"]["Code"] in _AGAIN or _status(fault) in _FAILED


def _status(fault: ServiceError) -> Any:
    return fault.response["ResponseMetadata"]["HTTPStatusCode"]


def _pause(attempt: int) -> float:
    """Seconds, at random, so that callers who failed together do not come back together."""
    from random import random  # only a failed attempt pays for it

    return float(min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE) * random())  # noqa: S311 - no secret
