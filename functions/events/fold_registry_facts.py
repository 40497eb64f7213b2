"""The registry facts queue's consumer: settings, branches and revocations. They do not wait behind sales."""

import os
from datetime import UTC, datetime

from customers.domain.facts.fact import EnterpriseFact
from customers.domain.refusals import CannotApply
from customers.edge.messaging.outcomes import one_by_one
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import RegistryFactQueue
from customers.store.registry import Registry
from customers.wire.facts.codec import read_fact
from customers.wire.facts.sources import speakers

registry = Registry.connect()
may_speak = speakers(os.environ["SOURCE_ENTERPRISES"])


def fold(body: str) -> str:
    fact = read_fact(body, datetime.now(UTC), may_speak)
    if not isinstance(fact, EnterpriseFact):
        raise CannotApply("detail-type", "is about a customer; send it on the bus, which knows its queue")
    return registry.post(fact)


handler = consume("fold_registry_facts", one_by_one(fold), RegistryFactQueue.connect())
