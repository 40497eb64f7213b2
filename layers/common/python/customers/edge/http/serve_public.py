"""Makes the handlers of operations that anyone may call, on top of `edge/http/serve.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from customers.catalogue.operation import Operation
from customers.edge.http.answer import Answer
from customers.edge.http.declared import require_declared
from customers.edge.http.serve import Event, Handler, handler_of
from customers.wire.http.request import Request


@dataclass(frozen=True, slots=True)
class Visit:
    """The argument of a public operation's handler function: the raw request and the time."""

    request: Request
    now: datetime
    address: str | None = None
    """The operation's own address, as the caller wrote it. None if the gateway does not say."""


def serve_public(operation: Operation[None], handle: Callable[[Visit], Answer]) -> Handler:
    """A Lambda handler for an operation that anyone may call."""

    def answer(event: Event) -> Answer:
        request = Request.of_event(event)
        require_declared(operation, request)
        return handle(Visit(request, datetime.now(UTC), _address_of(event["requestContext"])))

    return handler_of(operation, answer)


def _address_of(context: Mapping[str, Any]) -> str | None:
    """The gateway serves only its own domains, so the name is one of them. The path has the stage or the base path."""
    domain, path = context.get("domainName"), context.get("path")
    return f"https://{domain}{path}" if domain and path else None
