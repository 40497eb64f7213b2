"""Consumes the fact queue: folds other domains' facts into the ledger and the projection."""

import os

from customers.edge.messaging.fold import folding
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import FactQueue
from customers.store.facts.ledger import Ledger
from customers.store.kept_settings import KeptSettings
from customers.wire.facts.sources import speakers

settings = KeptSettings.connect()

ledger = Ledger.connect()

take = folding(settings.of, settings.post, ledger, speakers(os.environ["SOURCE_ENTERPRISES"]))
handler = consume("fold_facts", take, FactQueue.connect())
