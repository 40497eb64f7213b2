"""Consumes the bulk fact queue: loads and replays of the past, as `fold_facts` does, but not in its way."""

from customers.edge.messaging.fold import folding
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import BulkFactQueue
from customers.store.facts.ledger import Ledger
from customers.store.registry import Registry

registry = Registry.connect()

ledger = Ledger.connect()

handler = consume("fold_bulk_facts", folding(registry.settings, registry.post, ledger.post), BulkFactQueue.connect())
