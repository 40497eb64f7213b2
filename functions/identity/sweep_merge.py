"""Consumes the merges queue: migrates an absorbed customer's history to the survivor."""

import time
from collections.abc import Callable
from functools import partial

from customers.edge.messaging.outcomes import one_by_one
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import MergeQueue, WorkQueue
from customers.store.identity.migration import Migration
from customers.wire.events.own_events import read_merged

SECONDS = 40
"""After this time the next message continues, so that the function ends in time."""


def sweep(body: str, page: Callable[[str, str], bool], again: WorkQueue) -> str:
    enterprise, absorbed_id = read_merged(body)
    until = time.monotonic() + SECONDS
    while not page(enterprise, absorbed_id):
        if time.monotonic() > until:
            again.send(body)
            return "goes_on"
    return "swept"


queue = MergeQueue.connect()

handler = consume("sweep_merge", one_by_one(partial(sweep, page=Migration.connect().page, again=queue)), queue)
