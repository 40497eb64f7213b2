"""Consumes the outbox queue: retries outboxes that could not be emptied."""

from collections.abc import Mapping, Sequence
from functools import partial

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.outcomes import Outcome, reading
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.messages import change_of
from customers.store.aws.queues import OutboxQueue
from customers.store.events.outbox_publisher import OutboxPublisher


def publish(customers: Sequence[CustomerRef], outbox: OutboxPublisher) -> Mapping[CustomerRef, Outcome]:
    failed = outbox.publish(customers)
    return {customer: failed.get(customer, "published") for customer in customers}


publishing = reading(change_of, partial(publish, outbox=OutboxPublisher.connect()))
handler = consume("publish_again", publishing, OutboxQueue.connect())
