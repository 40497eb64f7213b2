"""The merges queue's consumer: brings an absorbed customer's history over to the survivor."""

import time
from collections.abc import Callable
from functools import partial

from customers.edge.messaging.queue_consumer import consume, one_by_one
from customers.store.aws.queues import MergeQueue, WorkQueue
from customers.store.identity.migration import Sweeps
from customers.wire.events.own_events import read_merged

SECONDS = 40
"""After so many, what is left is left to the next message, so that the function ends within its time."""


def sweep(body: str, page: Callable[[str, str], bool], again: WorkQueue) -> str:
    enterprise, absorbed_id = read_merged(body)
    until = time.monotonic() + SECONDS
    while not page(enterprise, absorbed_id):
        if time.monotonic() > until:
            again.send(body)
            return "goes_on"
    return "swept"


queue = MergeQueue.connect()

handler = consume("sweep_merge", one_by_one(partial(sweep, page=Sweeps.connect().page, again=queue)), queue)
