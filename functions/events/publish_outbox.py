"""The records' stream's consumer: what has been committed is published on the bus."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from customers.edge.log import describe, log_done, logger
from customers.store.changes import message_of
from customers.store.publishing import Outbox, change_of_key
from customers.store.queues import OutboxQueue, WorkQueue


def publish(batch: Mapping[str, Any], _context: object, *, outbox: Outbox, again: WorkQueue) -> None:
    """Whose outbox cannot be emptied now goes to a queue, so that the stream does not stand still behind it.

    If the queue does not take it, this raises and the stream brings the batch again, which does no harm.
    """
    started = time.perf_counter()
    records = batch["Records"]
    customers = list(dict.fromkeys(change_of_key(record["dynamodb"]["Keys"]["pk"]["S"]) for record in records))
    failed = outbox.publish(customers)
    again.send(*map(message_of, failed))
    for change, error in failed.items():
        logger.warning("failed", extra={"customer_id": change.customer_id, **describe(error)})
    log_done("published", "publish_outbox", len(failed), started, records=len(records), customers=len(customers))


handler = partial(publish, outbox=Outbox.connect(), again=OutboxQueue.connect())
