"""Consumes the stream of Enterprises: new badge thresholds make all customers be reconciled again."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from customers.edge.log import log_done
from customers.store.aws.queues import ChangeQueue
from customers.store.stats.changes import resettled_by


def resettle(batch: Mapping[str, Any], _context: object, *, again: ChangeQueue) -> None:
    """If the queue does not accept all messages, this raises and the stream delivers the batch again: no harm done."""
    started = time.perf_counter()
    buckets = [bucket for record in batch["Records"] for bucket in resettled_by(record)]
    again.keep(buckets)
    log_done("resettling", "resettle", 0, started, records=len(batch["Records"]), buckets=len(buckets))


handler = partial(resettle, again=ChangeQueue.connect())
