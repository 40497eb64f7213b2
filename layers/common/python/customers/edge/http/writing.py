"""Operations that write: each request has one effect, however often it is sent, and one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from customers.catalogue.operation import Operation
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord, fingerprint
from customers.domain.refusals import Conflict, InProgress
from customers.edge.http.activity_log import Note, ended
from customers.edge.http.answer import Answer
from customers.edge.http.serve import Call, Handler, serve_admitted
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
    """What a handler that writes is given. What it commits includes the idempotency record, so that it is done once."""

    operation: Operation[W] = field(kw_only=True)
    idempotency_key: IdempotencyKey = field(kw_only=True)
    recorded: list[Answer] = field(default_factory=list, kw_only=True, repr=False)
    """What the record of the last attempt answers."""

    def record(self, answer: Answer) -> IdempotencyRecord:
        """What is committed beside the effect: that this was requested, by whom, and what was answered."""
        assert answer.data is not None  # noqa: S101 - what writes has something to say
        self.recorded[:] = [answer]
        entry = ended(self.operation, self.entry, answer, changed=True) if self.entry else None
        return IdempotencyRecord(
            self.idempotency_key.fingerprint, answer.status, answer.data, answer.completeness, entry
        )


def serve_writing(
    operation: Operation[W], door: Callable[[WritingCall[W]], Answer], find: Find, note: Note | None = None
) -> Handler:
    """A Lambda handler for an operation that needs a token and takes an idempotency key.

    The handler reads, decides and commits, in one transaction with the record, and raises `Conflict` where it was
    overtaken: then all of it is done anew, and finds the record if it was this very request that was faster. An answer
    for which nothing was committed is not kept. `note` is for an operation that is logged.
    """
    if not operation.writes:
        raise ValueError(f"{operation.name} takes no idempotency key")

    def answer(call: Call[W], request: Request) -> Answer:
        asked = fingerprint(operation.name, call.branch, call.request.payload())
        idempotency_key = IdempotencyKey(operation.name, read_key(request), asked, call.now)
        writing = WritingCall(
            call.request,
            call.principal,
            call.now,
            call.entry,
            operation=operation,
            idempotency_key=idempotency_key,
        )

        def attempt() -> Answer:
            if record := find(call.enterprise, idempotency_key):
                record.require_for(idempotency_key)
                return Answer(record.data, record.completeness, record.status, replayed=True)
            writing.recorded.clear()
            given = door(writing)
            # An answer that was recorded has been committed, with its entry in the activity log.
            return replace(given, noted=True) if any(each is given for each in writing.recorded) else given

        try:
            return persistently(attempt)
        except Conflict:
            raise InProgress(
                "Idempotency-Key", "others are changing the same; send the request again with this key"
            ) from None

    return serve_admitted(operation, answer, note)


def persistently(attempt: Callable[[], Answer]) -> Answer:
    """What comes of attempts that may be overtaken: all of it is done anew each time. Raises `Conflict` in the end."""
    return retry_on_conflict(attempt, ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE)
