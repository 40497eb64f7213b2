"""The outbox queue's consumer: outboxes that could not be emptied at once are tried again."""

from collections.abc import Mapping, Sequence
from functools import partial

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.messaging.queue_consumer import Outcome, consume, reading
from customers.store.aws.queues import OutboxQueue
from customers.store.events.publishing import Outbox
from customers.store.stats.changes import change_of


def publish(customers: Sequence[CustomerRef], outbox: Outbox) -> Mapping[CustomerRef, Outcome]:
    failed = outbox.publish(customers)
    return {customer: failed.get(customer, "published") for customer in customers}


publishing = reading(change_of, partial(publish, outbox=Outbox.connect()))
handler = consume("publish_again", publishing, OutboxQueue.connect())
