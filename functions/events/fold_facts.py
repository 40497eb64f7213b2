"""Consumes the fact queue: folds other domains' facts into the ledger and the projection."""

from customers.edge.messaging.fold import folding
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import FactQueue
from customers.store.facts.ledger import Ledger
from customers.store.registry import Registry

registry = Registry.connect()

ledger = Ledger.connect()

handler = consume("fold_facts", folding(registry.settings, registry.post, ledger.post), FactQueue.connect())
