"""The fact queue's consumer: folds what other domains say into ledger and projection."""

from datetime import UTC, datetime
from functools import partial

from customers.domain.facts import EnterpriseFact
from customers.edge.consume import consume
from customers.store.ledger import Ledger
from customers.store.queues import FactQueue
from customers.store.registry import Registry
from customers.wire.facts import read_fact


def fold_fact(body: str, registry: Registry, ledger: Ledger) -> str:
    incoming = read_fact(body, now=datetime.now(UTC))
    fact = incoming.fact(registry.settings(incoming.enterprise))
    return registry.post(fact) if isinstance(fact, EnterpriseFact) else ledger.post(fact)


handler = consume(
    "fold_facts", partial(fold_fact, registry=Registry.connect(), ledger=Ledger.connect()), FactQueue.connect()
)
