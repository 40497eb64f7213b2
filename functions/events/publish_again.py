"""The outbox queue's consumer: outboxes that could not be emptied at once are tried again."""

from collections.abc import Sequence
from functools import partial

from customers.domain.changes import Change
from customers.domain.refusals import Invalid
from customers.edge.consume import Outcome, consume
from customers.store.changes import change_of
from customers.store.publishing import Outbox
from customers.store.queues import OutboxQueue


def publish(bodies: Sequence[str], outbox: Outbox) -> Sequence[Outcome]:
    told = [_read(body) for body in bodies]
    failed = outbox.publish(list(dict.fromkeys(each for each in told if isinstance(each, Change))))
    return [each if isinstance(each, Invalid) else failed.get(each, "published") for each in told]


def _read(body: str) -> Change | Invalid:
    try:
        return change_of(body)
    except Invalid as refusal:
        return refusal


handler = consume("publish_again", partial(publish, outbox=Outbox.connect()), OutboxQueue.connect())
