"""The fold in the usual style: the same rules over boto3's own client, each fact reading for itself."""

import os
from collections.abc import Callable, Sequence

os.environ["DYNAMODB_CLIENT"] = "botocore"

from customers.edge.messaging.fold import folding
from customers.edge.messaging.queue_consumer import consume
from customers.store.aws.queues import FactQueue
from customers.store.customers.read_ahead import Facts
from customers.store.fact_outcomes import Outcome
from customers.store.facts.ledger import Ledger
from customers.store.registry import Registry
from customers.wire.facts.sources import anyone

registry = Registry.connect()


class OneByOne(Ledger):
    """Reads nothing ahead."""

    def ahead(self, batch: Sequence[Facts]) -> Callable[[Facts], list[Outcome]]:
        return self.post


take = folding(registry.settings, registry.post, OneByOne.connect(), anyone)
handler = consume("fold_facts", take, FactQueue.connect())
