"""Makes every operation's handler: from API Gateway's event to a typed call, and back to the envelope.

`edge/http/writing.py` makes the handlers of operations that write, on top of this.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from customers.catalogue.operation import Operation
from customers.domain.canonical_json import compact_json
from customers.domain.enterprise import Settings
from customers.domain.refusals import NotMounted
from customers.edge.auth.principal import Principal
from customers.edge.http.mounted import is_mounted
from customers.edge.http.problems import problem
from customers.edge.log import describe, log_answer
from customers.wire.http.envelope import failure, meta, success
from customers.wire.http.request import Request

Q = TypeVar("Q")
Event = Mapping[str, Any]
Response = dict[str, Any]
Handler = Callable[[Event, object], Response]


@dataclass(frozen=True, slots=True)
class Call(Generic[Q]):
    """The argument of a handler function: the checked request, the caller and the time."""

    request: Q
    principal: Principal
    now: datetime

    @property
    def enterprise(self) -> str:
        return self.principal.enterprise

    @property
    def branch(self) -> str | None:
        return self.principal.branch

    @property
    def counter(self) -> str:
        """The branch of a terminal. Every terminal has one."""
        assert self.branch is not None  # noqa: S101 - the authorizer refuses a terminal's token without one
        return self.branch

    @property
    def settings(self) -> Settings:
        return self.principal.settings


@dataclass(frozen=True, slots=True)
class Visit:
    """The argument of a public operation's handler function: the raw request and the time."""

    request: Request
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a handler function. `completeness` is 0 to 100 for an answer about one customer.

    Without `data` the answer has no body: a 304 says that the caller's copy is current. `replayed` marks the stored
    answer to an earlier request.
    """

    data: Mapping[str, Any] | None
    completeness: int | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Cache-Control": "no-store"})
    replayed: bool = False


def serve(operation: Operation[Q], handle: Callable[[Call[Q]], Answer]) -> Handler:
    """A Lambda handler for an operation that needs a token and does not write."""
    return handler_of(operation, lambda event: handle(admitted(operation, event)))


def serve_public(operation: Operation[None], handle: Callable[[Visit], Answer]) -> Handler:
    """A Lambda handler for an operation that anyone may call."""
    return handler_of(operation, lambda event: handle(Visit(Request.of_event(event), datetime.now(UTC))))


def admitted(operation: Operation[Q], event: Event) -> Call[Q]:
    """The typed call, if the caller may make it. Raises `Refusal`."""
    now = datetime.now(UTC)
    principal = Principal.of_context(event["requestContext"]["authorizer"])
    principal.require(operation.callers, operation.permission, now)
    assert operation.read  # noqa: S101 - a contract test checks the catalogue
    return Call(operation.read(Request.of_event(event), principal.settings), principal, now)


def handler_of(operation: Operation[Any], answer: Callable[[Event], Answer]) -> Handler:
    """A Lambda handler that puts the answer or the error into the envelope, and logs one line."""
    mounted = is_mounted(operation)

    def handler(event: Event, _context: object) -> Response:
        started = time.perf_counter()
        request_id: str = event["requestContext"]["requestId"]
        more: dict[str, object] = {}
        headers: Mapping[str, str]
        try:
            if not mounted:
                raise NotMounted(operation.name, "is not mounted here; see GET /v1/partner/capabilities")
            given = answer(event)
        # No exception may escape: the gateway would answer without the envelope, and the worker would end.
        except Exception as error:  # noqa: BLE001
            status, refusal, headers = problem(error)
            more = {"code": refusal["code"], **(describe(error) if status >= 500 else {})}
            body: Mapping[str, Any] | None = failure(refusal, meta(request_id))
            headers = {"Cache-Control": "no-store", **headers}
        else:
            status, headers, body = given.status, given.headers, given.data
            if given.replayed:
                more = {"replayed": True}
            if operation.enveloped and body is not None:
                body = success(body, meta(request_id, given.completeness, replayed=given.replayed))
        log_answer(operation.name, request_id, status, started, **more)
        return {
            "statusCode": status,
            "headers": {"Content-Type": "application/json", "X-Request-Id": request_id, **headers},
            "body": "" if body is None else compact_json(body),
        }

    return handler
