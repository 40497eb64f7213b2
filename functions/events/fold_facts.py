"""The fact queue's consumer: folds what other domains say into ledger and projection."""

from customers.edge.consume import consume
from customers.edge.fold import folding
from customers.store.ledger import Ledger
from customers.store.queues import FactQueue
from customers.store.registry import Registry
from customers.wire.facts import read_entry

registry = Registry.connect()

ledger = Ledger.connect(read_entry)

handler = consume("fold_facts", folding(registry.settings, registry.post, ledger.post), FactQueue.connect())
