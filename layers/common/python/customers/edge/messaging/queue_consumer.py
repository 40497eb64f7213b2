"""From a batch of queue messages to what becomes of each: done, once more later, or refused with a reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from customers.domain.refusals import CannotApply, NotYet, ValidationError
from customers.edge.log import describe, log_done, logger

A = TypeVar("A")
T = TypeVar("T")

MAX_TRIES = 12
"""As the queue's `maxReceiveCount`: about ten minutes from the first try to the last."""

Batch = Mapping[str, Any]
Message = Mapping[str, Any]
Outcome = str | Exception
"""What came of a message: a word for the log, or why nothing did."""
Take = Callable[[Sequence[str]], Sequence[Outcome]]
"""Applies the bodies of a batch, and says of each what came of it."""


class Queue(Protocol):
    """What may be done with a message besides being done with it."""

    def defer(self, receipt_handle: str, tries: int) -> None: ...

    def refuse(self, body: str, reason: str) -> None: ...


def one_by_one(act: Callable[[str], Outcome]) -> Take:
    """What takes each body for itself."""
    return lambda bodies: [tried(act, body) for body in bodies]


def consume(operation: str, take: Take, queue: Queue) -> Callable[[Batch, object], dict[str, Any]]:
    """A Lambda handler for a queue. A message that fails holds none of its neighbours back."""

    def handler(batch: Batch, _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        messages: list[Message] = batch["Records"]
        outcomes = _taken(messages, take)
        ends = [_end(message, outcome, queue) for message, outcome in zip(messages, outcomes, strict=True)]
        failures = [
            {"itemIdentifier": message["messageId"]}
            for message, end in zip(messages, ends, strict=True)
            if end in ("waiting", "failed")
        ]
        counts = Counter(ends)
        log_done("consumed", operation, counts["failed"], started, outcomes=dict(counts))
        return {"batchItemFailures": failures}

    return handler


def reading(read: Callable[[str], T], act: Callable[[Sequence[T]], Mapping[T, Outcome]]) -> Take:
    """Applies what bodies say, the same once. What cannot be read is its message's own outcome."""

    def take(bodies: Sequence[str]) -> Sequence[Outcome]:
        told = [tried(read, body) for body in bodies]
        outcomes = act([*dict.fromkeys(each for each in told if not isinstance(each, Exception))])
        return [each if isinstance(each, Exception) else outcomes[each] for each in told]

    return take


def tried(act: Callable[[A], T], of: A) -> T | Exception:
    """What came of one message, whatever it is: its neighbours go on."""
    try:
        return act(of)
    except Exception as error:  # noqa: BLE001
        return error


def _taken(messages: Sequence[Message], take: Take) -> Sequence[Outcome]:
    try:
        return take([message["body"] for message in messages])
    # Whatever it is, the messages come again.
    except Exception as error:  # noqa: BLE001
        return [error] * len(messages)


def _end(message: Message, outcome: Outcome, queue: Queue) -> str:
    """Do with a message what its outcome asks for."""
    if isinstance(outcome, str):
        return outcome
    tries = int(message["attributes"]["ApproximateReceiveCount"])
    if isinstance(outcome, NotYet):
        end = "waiting"
    elif isinstance(outcome, ValidationError | CannotApply):
        end = "refused"
    else:
        # It may go right next time.
        end = "failed"
        logger.warning("failed", extra={"message_id": message["messageId"], "tries": tries, **describe(outcome)})
    try:
        if end == "refused" or tries >= MAX_TRIES:
            reason = _reason(outcome)
            queue.refuse(message["body"], reason)
            logger.warning("refused", extra={"message_id": message["messageId"], "reason": reason})
            return "refused"
        queue.defer(message["receiptHandle"], tries)
    # It comes back all the same, after the queue's own time.
    except Exception as error:  # noqa: BLE001
        logger.warning("left", extra={"message_id": message["messageId"], **describe(error)})
        return "failed" if end == "refused" else end
    return end


def _reason(outcome: Exception) -> str:
    """For a person to act on; of a defect the type and the place, for its text may quote what it was about."""
    if isinstance(outcome, ValidationError | CannotApply | NotYet):
        return str(outcome)
    raised_at = describe(outcome)["raised_at"] or ["nowhere"]
    return f"failed {MAX_TRIES} times: {type(outcome).__name__} at {raised_at[-1]}"
