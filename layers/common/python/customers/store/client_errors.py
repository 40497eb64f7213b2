"""What the DynamoDB client raises. No text of these says more than the operation and the kind of fault."""

from __future__ import annotations

from functools import cache
from typing import Any

_NAMES = (
    "ConditionalCheckFailedException",
    "IdempotentParameterMismatchException",
    "InternalServerError",
    "ItemCollectionSizeLimitExceededException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ResourceNotFoundException",
    "ThrottlingException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
)


class NotUnderstood(Exception):  # noqa: N818 - no fault: botocore takes over
    """Something that this client leaves to botocore. Nothing has been sent."""


class ServiceError(Exception):
    """DynamoDB answered with an error. `response` is what botocore's `ClientError` holds."""

    def __init__(self, response: dict[str, Any], operation: str) -> None:
        super().__init__(f"{response.get('Error', {}).get('Code', 'an error')} to {operation}")
        self.response = response
        self.operation_name = operation


class NoAnswer(Exception):  # noqa: N818 - said by the store to its callers
    """No answer that can be understood. The request may have been carried out."""

    def __init__(self, kind: str, *, is_stale: bool = False) -> None:
        super().__init__(kind)
        self.is_stale = is_stale
        """The connection had been kept, and was gone before a byte of the answer came."""


class NotSent(NoAnswer):
    """The request cannot have been carried out: DynamoDB never had the whole of it."""


class Exceptions:
    """A class for each error that the store tells apart, by its code: `client.exceptions.ConditionalCheck…`."""

    ClientError = ServiceError

    def __getattr__(self, code: str) -> type[ServiceError]:
        try:
            return _classes()[code]
        except KeyError:
            raise AttributeError(code) from None


def service_error(response: dict[str, Any], operation: str) -> ServiceError:
    """The exception for an error's answer, of the class of its code."""
    return _classes().get(response["Error"]["Code"], ServiceError)(response, operation)


@cache
def _classes() -> dict[str, type[ServiceError]]:
    return {name: type(name, (ServiceError,), {}) for name in _NAMES}
