"""Faults of AWS clients in the domain's words. Every call of a client in the store is made inside `named_faults`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from customers.domain.refusals import Unavailable
from customers.store.client_errors import NoAnswer, NotSent, ServiceError

_THROTTLED = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "SlowDown",
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
"""Error codes that ask the caller to slow down. Some come with status 400; every 5xx passes by itself too."""


@contextmanager
def named_faults(unanswered: type[Unavailable] = Unavailable) -> Iterator[None]:
    """Turns a fault that passes by itself into `Unavailable`. Any other fault is a defect and goes on.

    A write passes `OutcomeUnknown` as `unanswered`: no answer, or a 5xx, does not say whether it was carried out.
    """
    try:
        yield
    except NotSent as error:
        raise Unavailable from error
    except _errors() as error:
        response: Any = getattr(error, "response", {})
        if response["Error"].get("Code") in _THROTTLED:
            raise Unavailable from error
        if response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) < 500:
            raise
        raise unanswered from error
    except _silences() as error:
        raise unanswered from error


def _errors() -> tuple[type[Exception], ...]:
    return ServiceError, *_of_botocore("ClientError")


def _silences() -> tuple[type[Exception], ...]:
    return NoAnswer, *_of_botocore("ConnectionError", "HTTPClientError")


def _of_botocore(*names: str) -> tuple[type[Exception], ...]:
    """Its exceptions, if it has been imported: else none of them can have been raised."""
    exceptions = sys.modules.get("botocore.exceptions")
    return tuple(getattr(exceptions, name) for name in names) if exceptions else ()
