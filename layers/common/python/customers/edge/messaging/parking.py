"""Handles the dead-letter queue of facts: each message becomes a row, and only then leaves the queue."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from customers.domain.facts.refused_facts import DeadLetter
from customers.edge.log import describe, log_done, logger

NO_REASON = "failed twelve times; the log of that hour shows why"
Keep = Callable[[DeadLetter], str]
"""Keeps a message, and returns a word for the log."""


def parking(operation: str, keep: Keep) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
    """A Lambda handler. A message that cannot be kept now comes again, without a last try."""

    def handler(batch: Mapping[str, Any], _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        ends, failures = Counter[str](), list[dict[str, str]]()
        for message in batch["Records"]:
            try:
                ends[keep(letter_of(message))] += 1
            # The other messages continue.
            except Exception as error:  # noqa: BLE001
                logger.warning("failed", extra={"message_id": message["messageId"], **describe(error)})
                failures.append({"itemIdentifier": message["messageId"]})
        log_done("consumed", operation, len(failures), started, outcomes=dict(ends))
        return {"batchItemFailures": failures}

    return handler


def letter_of(message: Mapping[str, Any]) -> DeadLetter:
    """A refused fact has a reason, one that the bus could not deliver a code, one that we failed to take neither."""
    told = message["messageAttributes"]
    attributes = {name: each["stringValue"] for name, each in told.items() if "stringValue" in each}
    code = attributes.get("ERROR_CODE")
    return DeadLetter(
        message["messageId"],
        message["body"],
        f"the bus could not deliver it: {code}" if code else attributes.get("reason", NO_REASON),
        datetime.fromtimestamp(int(message["attributes"]["SentTimestamp"]) / 1000, UTC),
        unread="reason" not in attributes,
    )
