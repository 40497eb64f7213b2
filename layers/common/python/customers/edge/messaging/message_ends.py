"""How a message ends: done, deferred to be tried again, or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from customers.domain.refusals import CannotApply, NotYet, ValidationError
from customers.edge.log import describe, logger
from customers.edge.messaging.outcomes import Outcome

MAX_TRIES = 12
"""As the queue's `maxReceiveCount`: about ten minutes from the first try to the last."""

Message = Mapping[str, Any]


class Queue(Protocol):
    """What can happen to a message that was not applied."""

    def defer(self, receipt_handle: str, tries: int) -> None: ...

    def refuse(self, body: str, reason: str) -> None: ...


def end_message(message: Message, outcome: Outcome, queue: Queue) -> str:
    """Delete, defer or refuse a message, as its outcome asks for. The answer is the word for the log."""
    if isinstance(outcome, str):
        return outcome
    tries = int(message["attributes"]["ApproximateReceiveCount"])
    if isinstance(outcome, NotYet):
        end = "waiting"
    elif isinstance(outcome, ValidationError | CannotApply):
        end = "refused"
    else:
        # It may succeed next time.
        end = "failed"
        logger.warning("failed", extra={"message_id": message["messageId"], "tries": tries, **describe(outcome)})
    try:
        if end == "refused" or tries >= MAX_TRIES:
            reason = _reason(outcome)
            queue.refuse(message["body"], reason)
            logger.warning("refused", extra={"message_id": message["messageId"], "reason": reason})
            return "refused"
        queue.defer(message["receiptHandle"], tries)
    # It comes back anyway, after the queue's own visibility timeout.
    except Exception as error:  # noqa: BLE001
        logger.warning("left", extra={"message_id": message["messageId"], **describe(error)})
        return "failed" if end == "refused" else end
    return end


def _reason(outcome: Exception) -> str:
    """For a person to act on. For a defect the type and the place: its text may quote personal data."""
    if isinstance(outcome, ValidationError | CannotApply | NotYet):
        return str(outcome)
    raised_at = describe(outcome)["raised_at"] or ["nowhere"]
    return f"failed {MAX_TRIES} times: {type(outcome).__name__} at {raised_at[-1]}"
