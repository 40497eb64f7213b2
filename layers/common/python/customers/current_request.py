"""The id of the request that is being answered. It stands beside the layers: the edge says it, and the store asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


@contextmanager
def answering(request_id: str) -> Iterator[None]:
    """What is written meanwhile is this request's."""
    token = _ID.set(request_id)
    try:
        yield
    finally:
        _ID.reset(token)


def current_request() -> str | None:
    """None outside a request: where a fact, a workflow or a clock is the cause."""
    return _ID.get()
