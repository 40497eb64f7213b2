"""The overdrawn queue's consumer: a balance that is still below 0 after a while is counted, and looked at again."""

import os
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from customers.edge.log import describe, log_done, logger
from customers.store.changes import change_of, message_of
from customers.store.current import Current
from customers.store.queues import OverdrawnQueue, WorkQueue
from customers.store.rows import profile_of


def watch(
    batch: Mapping[str, Any], _context: object, *, current: Current, overdrawn: WorkQueue, delay: int
) -> dict[str, Any]:
    """Each of them ends as `settled`, as `below_zero`, or as `failed` and comes again by itself."""
    started = time.perf_counter()
    messages = batch["Records"]
    ends = [_end(message["body"], current, overdrawn, delay) for message in messages]
    failures = [
        {"itemIdentifier": message["messageId"]} for message, end in zip(messages, ends, strict=True) if end == "failed"
    ]
    outcomes = {end: ends.count(end) for end in sorted({*ends})}
    log_done("watched", "watch_balances", len(ends) - ends.count("settled"), started, outcomes=outcomes)
    return {"batchItemFailures": failures}


def _end(body: str, current: Current, overdrawn: WorkQueue, delay: int) -> str:
    try:
        change = change_of(body)
        row = current.customers([change]).get(change)
        if row is None or profile_of(row).balance_minor >= 0:
            return "settled"
        # A new message, and not this one again: watching goes on for as long as it takes.
        overdrawn.send(message_of(change), delay_seconds=delay)
        ids = {"enterprise_id": change.enterprise, "customer_id": change.customer_id}
        logger.warning("below_zero", extra=ids)
    except Exception as error:  # noqa: BLE001
        logger.warning("failed", extra=describe(error))
        return "failed"
    return "below_zero"


handler = partial(
    watch,
    current=Current.connect(),
    overdrawn=OverdrawnQueue.connect(),
    delay=int(os.environ["OVERDRAWN_SECONDS"]),
)
