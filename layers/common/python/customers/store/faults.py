"""Faults of AWS clients in the domain's words. Every call of a client in the store is made inside `named_faults`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected

from customers.domain.refusals import Unavailable

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
    except ClientError as error:
        if error.response["Error"].get("Code") in _THROTTLED:
            raise Unavailable from error
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) < 500:
            raise
        raise unanswered from error
    except (NotConnected, HTTPClientError) as error:
        raise unanswered from error
