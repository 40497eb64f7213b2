"""Consumes the fact queue: folds other domains' facts into the ledger and the projection."""

import os

from customers.edge.messaging.fold import folding
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import FactQueue
from customers.store.facts.ledger import Ledger
from customers.store.registry import Registry
from customers.wire.facts.sources import speakers

registry = Registry.connect()

ledger = Ledger.connect()

take = folding(registry.settings, registry.post, ledger.post, speakers(os.environ["SOURCE_ENTERPRISES"]))
handler = consume("fold_facts", take, FactQueue.connect())
