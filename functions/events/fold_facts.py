"""The fact queue's consumer: folds what other domains say into ledger and projection."""

from customers.edge.messaging.fold import folding
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import FactQueue
from customers.store.facts.ledger import Ledger
from customers.store.registry import Registry
from customers.wire.facts.codec import read_entry

registry = Registry.connect()

ledger = Ledger.connect(read_entry)

handler = consume("fold_facts", folding(registry.settings, registry.post, ledger.post), FactQueue.connect())
