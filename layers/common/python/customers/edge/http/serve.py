"""Makes every operation's handler: from API Gateway's event to a typed call, and back to the envelope.

`edge/http/writing.py` makes the handlers of operations that write, on top of this.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from customers.catalogue.operation import Operation
from customers.domain.canonical_json import compact_json
from customers.domain.enterprise import Settings
from customers.domain.lean_dataclass import dataclass
from customers.domain.refusals import NotMounted
from customers.edge.auth.principal import Principal
from customers.edge.http.answer import Answer as Answer
from customers.edge.http.declared import require_declared
from customers.edge.http.mounted import is_mounted
from customers.edge.http.origins import listed_origins, sharing
from customers.edge.http.problems import problem
from customers.edge.log import describe, log_answer
from customers.wire.http.envelope import failure, meta, success
from customers.wire.http.request import Request

if TYPE_CHECKING:
    from customers.domain.activity_log import ActivityEntry
    from customers.edge.http.activity_log import Act, Answered, Note

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
    entry: ActivityEntry | None = None
    """What is known so far of its entry in the activity log, if it leaves one."""

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

    def require(self, permission: str, field: str) -> None:
        """For a part of an operation that needs a permission of its own. Raises `Forbidden`."""
        self.principal.require_permission(permission, field)


def serve(operation: Operation[Q], handle: Callable[[Call[Q]], Answer], note: Note | None = None) -> Handler:
    """A Lambda handler for an operation that needs a token and does not write. `note` is for a logged operation."""
    return serve_admitted(operation, lambda call, _request: handle(call), note)


def serve_admitted(
    operation: Operation[Q], answer: Callable[[Call[Q], Request], Answer], note: Note | None = None
) -> Handler:
    """The same for a function that also needs the raw request."""
    if os.environ.get("SANDBOX") == "true":
        # Imported here: an environment without a sandbox must not pay for it.
        from customers.edge.http.sandbox.serve import sandboxed

        answer = sandboxed(operation, answer)
    answered = _logging(operation, note) if operation.logged else _without_entry

    def admitted(event: Event) -> Answer:
        now = datetime.now(UTC)
        principal = Principal.of_context(event["requestContext"]["authorizer"])
        principal.require(operation.callers, operation.permission, now)
        request = Request.of_event(event)

        def act(entry: ActivityEntry | None) -> Answer:
            require_declared(operation, request)
            assert operation.read  # noqa: S101 - a contract test checks the catalogue
            return answer(Call(operation.read(request, principal.settings), principal, now, entry), request)

        return answered(request, principal, now, event["requestContext"]["requestId"], act)

    return handler_of(operation, admitted)


def _logging(operation: Operation[Any], note: Note | None) -> Answered:
    # The reads at a till leave no entry, and start without what it takes.
    from customers.edge.http.activity_log import logging

    return logging(operation, note)


def _without_entry(_request: Request, _principal: Principal, _now: datetime, _request_id: str, act: Act) -> Answer:
    return act(None)


def handler_of(operation: Operation[Any], answer: Callable[[Event], Answer]) -> Handler:
    """A Lambda handler that puts the answer or the error into the envelope, and logs one line."""
    mounted, origins = is_mounted(operation), listed_origins()
    announced = _announced(operation)

    def handler(event: Event, _context: object) -> Response:
        started = time.perf_counter()
        request_id: str = event["requestContext"]["requestId"]
        more: dict[str, object] = _caller(operation, event)
        headers: Mapping[str, str]
        try:
            if not mounted:
                raise NotMounted(operation.name, "is not mounted here; see GET /v1/partner/capabilities")
            given = answer(event)
        # No exception may escape: the gateway would answer without the envelope, and the worker would end.
        except Exception as error:  # noqa: BLE001
            status, refusal, headers = problem(error)
            more = {**more, "code": refusal["code"], **(describe(error) if status >= 500 else {})}
            body: Mapping[str, Any] | None = failure(refusal, meta(request_id))
            headers = {"Cache-Control": "no-store", **headers}
        else:
            status, headers, body = given.status, given.headers, given.data
            if given.replayed:
                more |= {"replayed": True}
            if operation.enveloped and body is not None:
                body = success(body, meta(request_id, given.completeness, replayed=given.replayed))
        log_answer(operation.name, request_id, status, started, **more)
        return {
            "statusCode": status,
            "headers": sharing(
                event,
                origins,
                {"Content-Type": "application/json", "X-Request-Id": request_id, **announced, **headers},
            ),
            "body": "" if body is None else compact_json(body),
        }

    return handler


def _announced(operation: Operation[Any]) -> Mapping[str, str]:
    """The headers of every answer of a deprecated operation."""
    if operation.deprecated is None:
        return {}
    from customers.edge.http.deprecation import deprecation_headers

    return deprecation_headers(operation.deprecated)


def _caller(operation: Operation[Any], event: Event) -> dict[str, object]:
    """The caller, for the log line: the activity log has no entries of tills."""
    caller = event["requestContext"]["authorizer"] if operation.callers else {}
    return {name: caller[name] for name in ("enterprise_id", "subject") if caller.get(name)}
