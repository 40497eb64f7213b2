"""The outbox queue's consumer: outboxes that could not be emptied at once are tried again."""

from collections.abc import Mapping, Sequence
from functools import partial

from customers.domain.changes import Change
from customers.edge.consume import Outcome, consume, reading
from customers.store.changes import change_of
from customers.store.publishing import Outbox
from customers.store.queues import OutboxQueue


def publish(customers: Sequence[Change], outbox: Outbox) -> Mapping[Change, Outcome]:
    failed = outbox.publish(customers)
    return {customer: failed.get(customer, "published") for customer in customers}


publishing = reading(change_of, partial(publish, outbox=Outbox.connect()))
handler = consume("publish_again", publishing, OutboxQueue.connect())
