"""From a batch of queue messages to one call each: done, once more later, or refused with a reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from customers.domain.refusals import CannotApply, Invalid, MustWait
from customers.edge.log import describe, log_done, logger

MAX_TRIES = 12
"""As the queue's `maxReceiveCount`: about ten minutes from the first try to the last."""

Batch = Mapping[str, Any]


class Queue(Protocol):
    """What may be done with a message besides being done with it."""

    def defer(self, receipt_handle: str, tries: int) -> None: ...

    def refuse(self, body: str, reason: str) -> None: ...


def consume(operation: str, take: Callable[[str], str], queue: Queue) -> Callable[[Batch, object], dict[str, Any]]:
    """A Lambda handler for a queue. `take` applies one message's body and says what came of it.

    A message that fails holds none of its neighbours back.
    """

    def handler(batch: Batch, _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        counts: dict[str, int] = {}
        failures = []
        for message in batch["Records"]:
            outcome = _outcome(message, take, queue)
            counts[outcome] = counts.get(outcome, 0) + 1
            if outcome in ("waiting", "failed"):
                failures.append({"itemIdentifier": message["messageId"]})
        log_done("consumed", operation, counts.get("failed", 0), started, outcomes=counts)
        return {"batchItemFailures": failures}

    return handler


def _outcome(message: Mapping[str, Any], take: Callable[[str], str], queue: Queue) -> str:
    tries = int(message["attributes"]["ApproximateReceiveCount"])
    try:
        return _taken(message, take, queue, is_last=tries >= MAX_TRIES)
    except MustWait:
        outcome = "waiting"
    # Whatever else went wrong may go right next time; the queue gives up after MAX_TRIES.
    except Exception as error:  # noqa: BLE001
        outcome = "failed"
        logger.warning("failed", extra={"message_id": message["messageId"], "tries": tries, **describe(error)})
    try:
        queue.defer(message["receiptHandle"], tries)
    # It comes back all the same, after the queue's own time.
    except Exception as error:  # noqa: BLE001
        logger.warning("not_hastened", extra={"message_id": message["messageId"], **describe(error)})
    return outcome


def _taken(message: Mapping[str, Any], take: Callable[[str], str], queue: Queue, *, is_last: bool) -> str:
    try:
        return take(message["body"])
    except (Invalid, CannotApply, MustWait) as refusal:
        if isinstance(refusal, MustWait) and not is_last:
            raise
        queue.refuse(message["body"], str(refusal))
        logger.warning("refused", extra={"message_id": message["messageId"], "reason": str(refusal)})
        return "refused"
