"""Operations that write: each request has one effect, however often it is sent, and one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from customers.catalogue.operation import Operation
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord, fingerprint
from customers.domain.refusals import Conflict, InProgress
from customers.edge.http.serve import Answer, Call, Event, Handler, admitted, handler_of
from customers.retries import retry_on_conflict
from customers.wire.http.idempotency import read_key
from customers.wire.http.request import Request

ATTEMPTS = 8
FIRST_PAUSE = 0.04
LONGEST_PAUSE = 0.3
"""Seconds between two of them: about one in all, then the caller is asked to come again."""


class Payload(Protocol):
    """A request that writes."""

    def payload(self) -> Mapping[str, Any]:
        """Plain JSON, the same for two requests that ask the same."""


W = TypeVar("W", bound=Payload)
Find = Callable[[str, IdempotencyKey], IdempotencyRecord | None]
"""`Receipts.find`: the receipt that an enterprise has of a request's key."""


@dataclass(frozen=True, slots=True)
class WritingCall(Call[W]):
    """What a door that writes is given. What it commits includes the receipt, so that it is done once."""

    idempotency_key: IdempotencyKey

    def record(self, answer: Answer) -> IdempotencyRecord:
        """What is committed beside the effect: that this was asked, and answered so."""
        assert answer.data is not None  # noqa: S101 - what writes has something to say
        return IdempotencyRecord(self.idempotency_key.fingerprint, answer.status, answer.data, answer.completeness)


def serve_writing(operation: Operation[W], door: Callable[[WritingCall[W]], Answer], find: Find) -> Handler:
    """A Lambda handler for an operation that needs a token and takes an idempotency key.

    The door reads, decides and commits, in one transaction with the receipt, and raises `Conflict` where it was
    overtaken: then all of it is done anew, and finds the receipt if it was this very request that was faster. An answer
    for which nothing was committed is not kept.
    """
    if not operation.writes:
        raise ValueError(f"{operation.name} takes no idempotency key")

    def answer(event: Event) -> Answer:
        call = admitted(operation, event)
        key = read_key(Request.of_event(event))
        asked = fingerprint(operation.name, call.branch, call.request.payload())
        idempotency_key = IdempotencyKey(operation.name, key, asked, call.now)
        writing = WritingCall(call.request, call.principal, call.now, idempotency_key)

        def attempt() -> Answer:
            if record := find(call.enterprise, idempotency_key):
                record.require_for(idempotency_key)
                return Answer(record.data, record.completeness, record.status, replayed=True)
            return door(writing)

        try:
            return persistently(attempt)
        except Conflict:
            raise InProgress(
                "Idempotency-Key", "other requests are changing the same data; send this one again with the same key"
            ) from None

    return handler_of(operation, answer)


def persistently(attempt: Callable[[], Answer]) -> Answer:
    """What comes of attempts that may be overtaken: all of it is done anew each time. Raises `Conflict` in the end."""
    return retry_on_conflict(attempt, ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE)
