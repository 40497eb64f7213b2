"""Handles a queue: each message of a batch is done, deferred for a retry, or refused with a reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from customers.edge.log import log_done
from customers.edge.messaging.message_ends import Message, Queue, end_message
from customers.edge.messaging.outcomes import Outcome, Received, Take

Batch = Mapping[str, Any]


def consume(operation: str, take: Take, queue: Queue) -> Callable[[Batch, object], dict[str, Any]]:
    """A Lambda handler for a queue. A failed message does not delay the others."""

    def handler(batch: Batch, _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        messages: list[Message] = batch["Records"]
        outcomes = _taken(messages, take)
        ends = [end_message(message, outcome, queue) for message, outcome in zip(messages, outcomes, strict=True)]
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
    now = datetime.now(UTC)
    try:
        return take([Received(message["body"], received_at(message, now)) for message in messages])
    # After any error the messages come again.
    except Exception as error:  # noqa: BLE001
        return [error] * len(messages)


def received_at(message: Message, now: datetime) -> datetime:
    """When the queue first received a message. A message that is tried again keeps it. `now` where it is not known."""
    sent = message["attributes"].get("SentTimestamp")
    return min(now, datetime.fromtimestamp(int(sent) / 1000, UTC)) if sent else now
