"""The records' stream's consumer: what has been committed is published on the bus."""

from collections.abc import Mapping, Sequence
from functools import partial

from customers.domain.changes import Change
from customers.edge.follow import follow
from customers.store.changes import Record
from customers.store.publishing import Outbox, outbox_of
from customers.store.queues import OutboxQueue


def publish(records: Sequence[Record], outbox: Outbox) -> Mapping[Change, Exception | None]:
    customers = [*dict.fromkeys(map(outbox_of, records))]
    failed = outbox.publish(customers)
    return {customer: failed.get(customer) for customer in customers}


handler = follow("publish_outbox", partial(publish, outbox=Outbox.connect()), OutboxQueue.connect().keep)
