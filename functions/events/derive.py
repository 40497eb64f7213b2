"""The streams' consumer: what has changed in the tables is settled in the data that is derived from them."""

import os
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from customers.edge.log import describe, log_done, logger
from customers.store.changes import changes_of, message_of, overdrawn_of, rolls_of
from customers.store.derived import Derived
from customers.store.queues import ChangeQueue, OverdrawnQueue, WorkQueue


def derive(
    batch: Mapping[str, Any], _context: object, *, derived: Derived, again: WorkQueue, overdrawn: WorkQueue, delay: int
) -> None:
    """Whatever cannot be settled now goes to a queue, so that the stream does not stand still behind it.

    If a queue does not take it, this raises and the stream brings the batch again, which does no harm.
    """
    started = time.perf_counter()
    records = batch["Records"]
    changes = {change for record in records for change in changes_of(record)}
    below_zero = {change for record in records if (change := overdrawn_of(record))}
    failed = derived.settle(changes)
    again.send(*map(message_of, failed))
    overdrawn.send(*rolls_of(below_zero), delay_seconds=delay)
    for change, error in failed.items():
        logger.warning("failed", extra={"customer_id": change.customer_id, **describe(error)})
    log_done("derived", "derive", len(failed), started, records=len(records), changes=len(changes))


handler = partial(
    derive,
    derived=Derived.connect(),
    again=ChangeQueue.connect(),
    overdrawn=OverdrawnQueue.connect(),
    delay=int(os.environ["OVERDRAWN_SECONDS"]),
)
