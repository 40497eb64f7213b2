"""The enterprise that a request is answered for. It stands beside the layers: the edge says it, and the store asks.

Functions with a tenant role sign their requests to DynamoDB with credentials for this enterprise's rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ENTERPRISE: ContextVar[str | None] = ContextVar("enterprise", default=None)


@contextmanager
def speaking_for(enterprise: str) -> Iterator[None]:
    """The enterprise of the caller's verified token. Nothing else may choose it."""
    token = _ENTERPRISE.set(enterprise)
    try:
        yield
    finally:
        _ENTERPRISE.reset(token)


def spoken_for() -> str | None:
    """None outside a request, and in functions without a tenant role."""
    return _ENTERPRISE.get()
