"""Operations that write: each request has one effect, however often it is sent, and one answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from customers.catalogue.operation import Operation
from customers.domain.once import Once, Receipt, fingerprint
from customers.domain.refusals import Contended, InProgress
from customers.edge.serve import Answer, Call, Event, Handler, admitted, handler_of
from customers.wire.once import read_key
from customers.wire.request import Request

ATTEMPTS = 8
LONGEST_PAUSE = 0.3
"""Seconds between two of them: about one in all, then the caller is asked to come again."""


class Payload(Protocol):
    """A request that writes."""

    def payload(self) -> Mapping[str, Any]:
        """Plain JSON, the same for two requests that ask the same."""


W = TypeVar("W", bound=Payload)
Find = Callable[[str, Once], Receipt | None]
"""`Receipts.find`: the receipt that an enterprise has of a request's key."""


@dataclass(frozen=True, slots=True)
class WritingCall(Call[W]):
    """What a door that writes is given. What it commits includes the receipt, so that it is done once."""

    once: Once

    def receipt(self, answer: Answer) -> Receipt:
        """What is committed beside the effect: that this was asked, and answered so."""
        assert answer.data is not None  # noqa: S101 - what writes has something to say
        return Receipt(self.once.fingerprint, answer.status, answer.data, answer.completeness)


def serve_writing(operation: Operation[W], door: Callable[[WritingCall[W]], Answer], find: Find) -> Handler:
    """A Lambda handler for an operation that needs a token and takes an idempotency key.

    The door reads, decides and commits, in one transaction with the receipt, and raises `Contended` where it was
    overtaken: then all of it is done anew, and finds the receipt if it was this very request that was faster. An answer
    for which nothing was committed is not kept.
    """
    if not operation.writes:
        raise ValueError(f"{operation.name} takes no idempotency key")

    def answer(event: Event) -> Answer:
        call = admitted(operation, event)
        key = read_key(Request.of_event(event))
        asked = fingerprint(operation.name, call.branch, call.request.payload())
        once = Once(operation.name, key, asked, call.now)
        writing = WritingCall(call.request, call.principal, call.now, once)

        def attempt() -> Answer:
            if receipt := find(call.enterprise, once):
                receipt.require_for(once)
                return Answer(receipt.data, receipt.completeness, receipt.status, replayed=True)
            return door(writing)

        try:
            return persistently(attempt)
        except Contended:
            raise InProgress(
                "Idempotency-Key", "others are changing the same; send the request again with this key"
            ) from None

    return handler_of(operation, answer)


def persistently(attempt: Callable[[], Answer]) -> Answer:
    """What comes of attempts that may be overtaken: all of it is done anew each time. Raises `Contended` in the end."""
    for number in range(ATTEMPTS - 1):
        try:
            return attempt()
        except Contended:
            time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.04 * 2**number)))  # noqa: S311 - jitter, not a secret
    return attempt()
