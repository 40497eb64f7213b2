"""Handles a queue: each message of a batch is done, deferred for a retry, or refused with a reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from customers.domain.refusals import CannotApply, NotYet, ValidationError
from customers.edge.log import describe, log_done, logger
from customers.edge.messaging.outcomes import Outcome, Take

MAX_TRIES = 12
"""The same as the queue's `maxReceiveCount`: about ten minutes from the first try to the last."""

Batch = Mapping[str, Any]
Message = Mapping[str, Any]


class Queue(Protocol):
    """The actions for a message that was not applied."""

    def defer(self, receipt_handle: str, tries: int) -> None: ...

    def refuse(self, body: str, reason: str) -> None: ...


def consume(operation: str, take: Take, queue: Queue) -> Callable[[Batch, object], dict[str, Any]]:
    """A Lambda handler for a queue. A failed message does not delay the others."""

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


def _taken(messages: Sequence[Message], take: Take) -> Sequence[Outcome]:
    try:
        return take([message["body"] for message in messages])
    # After any error the messages come again.
    except Exception as error:  # noqa: BLE001
        return [error] * len(messages)


def _end(message: Message, outcome: Outcome, queue: Queue) -> str:
    """Delete, defer or refuse a message, by its outcome. Returns the word for the log."""
    if isinstance(outcome, str):
        return outcome
    tries = int(message["attributes"]["ApproximateReceiveCount"])
    if isinstance(outcome, NotYet):
        end = "waiting"
    elif isinstance(outcome, ValidationError | CannotApply):
        end = "refused"
    else:
        # It may succeed at the next try.
        end = "failed"
        logger.warning("failed", extra={"message_id": message["messageId"], "tries": tries, **describe(outcome)})
    try:
        if end == "refused" or tries >= MAX_TRIES:
            reason = _reason(outcome)
            queue.refuse(message["body"], reason)
            logger.warning("refused", extra={"message_id": message["messageId"], "reason": reason})
            return "refused"
        queue.defer(message["receiptHandle"], tries)
    # The message comes back anyway, after the queue's visibility timeout.
    except Exception as error:  # noqa: BLE001
        logger.warning("left", extra={"message_id": message["messageId"], **describe(error)})
        return "failed" if end == "refused" else end
    return end


def _reason(outcome: Exception) -> str:
    """The reason, for the operator. For a defect only the type and the place: its text may quote personal data."""
    if isinstance(outcome, ValidationError | CannotApply | NotYet):
        return str(outcome)
    raised_at = describe(outcome)["raised_at"] or ["nowhere"]
    return f"failed {MAX_TRIES} times: {type(outcome).__name__} at {raised_at[-1]}"
