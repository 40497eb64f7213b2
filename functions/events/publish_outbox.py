"""Consumes the stream of Records: publishes committed events on the bus."""

from collections.abc import Mapping, Sequence
from functools import partial

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.stream_consumer import follow
from customers.store.aws.queues import OutboxQueue
from customers.store.events.outbox_publisher import OutboxPublisher, outbox_of
from customers.store.stats.changes import Record


def publish(records: Sequence[Record], outbox: OutboxPublisher) -> Mapping[CustomerRef, Exception | None]:
    customers = [*dict.fromkeys(map(outbox_of, records))]
    failed = outbox.publish(customers)
    return {customer: failed.get(customer) for customer in customers}


handler = follow("publish_outbox", partial(publish, outbox=OutboxPublisher.connect()), OutboxQueue.connect().keep)
