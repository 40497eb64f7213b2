"""Consumes the streams of Customers and Records: reconciles the derived data with the changes."""

import os
from collections.abc import Mapping, Sequence
from functools import partial

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.stream_consumer import follow
from customers.store.aws.queues import ChangeQueue, OverdrawnQueue
from customers.store.stats.changes import Record, changes_of, overdrawn_of
from customers.store.stats.reconciler import Reconciler


def derive(
    records: Sequence[Record], derived: Reconciler, overdrawn: OverdrawnQueue, delay: int
) -> Mapping[CustomerRef, Exception | None]:
    changes = [change for record in records for change in changes_of(record)]
    failed = derived.reconcile(changes)
    overdrawn.watch(filter(None, map(overdrawn_of, records)), delay)
    return {change: failed.get(change) for change in changes}


delay = int(os.environ["OVERDRAWN_SECONDS"])
deriving = partial(derive, derived=Reconciler.connect(), overdrawn=OverdrawnQueue.connect(), delay=delay)
handler = follow("derive", deriving, ChangeQueue.connect().keep)
