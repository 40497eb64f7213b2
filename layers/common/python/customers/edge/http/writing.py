"""Operations that write: each request has one effect and one answer, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from customers.catalogue.operation import Operation
from customers.current_request import answering
from customers.domain.idempotency import IdempotencyKey, IdempotencyRecord, fingerprint
from customers.domain.refusals import Conflict, InProgress, Refusal
from customers.edge.http.activity_log import Note, ended
from customers.edge.http.answer import Answer
from customers.edge.http.serve import Call, Handler, serve_admitted
from customers.retries import retry_on_conflict
from customers.wire.http.idempotency import read_key
from customers.wire.http.request import Request

ATTEMPTS = 8
FIRST_PAUSE = 0.04
LONGEST_PAUSE = 0.3
"""Seconds between two attempts: about one in all, then the answer is a 409."""


class Payload(Protocol):
    """A request that writes."""

    def payload(self) -> Mapping[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""


W = TypeVar("W", bound=Payload)
Find = Callable[[str, IdempotencyKey], IdempotencyRecord | None]
"""`IdempotencyRecords.find`: the enterprise's record of a key."""


@dataclass(frozen=True, slots=True)
class WritingCall(Call[W]):
    """The argument of a handler function that writes. It commits the idempotency record together with the effect."""

    operation: Operation[W] = field(kw_only=True)
    idempotency_key: IdempotencyKey = field(kw_only=True)
    recorded: list[Answer] = field(default_factory=list, kw_only=True, repr=False)
    """What the record of the last attempt answers."""

    def record(self, answer: Answer) -> IdempotencyRecord:
        """The record to commit beside the effect: the request's fingerprint, its answer and its activity entry."""
        assert answer.data is not None  # noqa: S101 - an operation that writes has an answer
        self.recorded[:] = [answer]
        entry = ended(self.operation, self.entry, answer, changed=True) if self.entry else None
        return IdempotencyRecord(
            self.idempotency_key.fingerprint, answer.status, answer.data, answer.completeness, entry=entry
        )


def serve_writing(
    operation: Operation[W], handle: Callable[[WritingCall[W]], Answer], find: Find, note: Note | None = None
) -> Handler:
    """A Lambda handler for an operation that needs a token and takes an idempotency key.

    `handle` reads, decides and commits, in one transaction with the idempotency record. It raises `Conflict` if another
    writer was faster. Then everything is repeated, and finds the record if the other writer was a copy of this
    request. An answer without a commit is not stored. `note` is for a logged operation.
    """
    if not operation.writes:
        raise ValueError(f"{operation.name} takes no idempotency key")

    def answer(call: Call[W], request: Request) -> Answer:
        content = fingerprint(operation.name, call.branch, call.request.payload())
        idempotency_key = IdempotencyKey(operation.name, read_key(request), content, call.now)
        writing = WritingCall(
            call.request,
            call.principal,
            call.now,
            call.entry,
            operation=operation,
            idempotency_key=idempotency_key,
        )

        def replay() -> Answer | None:
            record = find(call.enterprise, idempotency_key)
            if record is None:
                return None
            record.require_for(idempotency_key)
            return Answer(record.data, record.completeness, record.status, replayed=True)

        try:
            with answering(request.id):
                return persistently(lambda: replay() or _carried_out(handle, writing, replay))
        except Conflict:
            raise InProgress(
                "Idempotency-Key", "other requests are changing the same data; send this one again with the same key"
            ) from None

    return serve_admitted(operation, answer, note)


def _carried_out(
    handle: Callable[[WritingCall[W]], Answer], writing: WritingCall[W], replay: Callable[[], Answer | None]
) -> Answer:
    """The answer of the handler. Where it refuses or has nothing to do, a faster copy of the request may have been why:
    then it is the answer of the copy.
    """
    writing.recorded.clear()
    try:
        given = handle(writing)
    except Refusal:
        if kept := replay():
            return kept
        raise
    # A recorded answer is committed, together with its entry in the activity log.
    if any(each is given for each in writing.recorded):
        return replace(given, noted=True)
    return replay() or given


def persistently(attempt: Callable[[], Answer]) -> Answer:
    """The result of an attempt that is repeated on conflict. Raises `Conflict` when all attempts fail."""
    return retry_on_conflict(attempt, ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE)
