"""Folds a batch of facts: reads each message, and applies the facts about one customer together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from customers.domain.facts.fact import EnterpriseFact
from customers.edge.messaging.facts_by_customer import FindSettings, Ledger, post_by_customer
from customers.edge.messaging.outcomes import Outcome, Received, Take, tried
from customers.wire.facts.codec import read_fact
from customers.wire.facts.incoming import Incoming
from customers.wire.facts.sources import MaySpeak

PostEnterprise = Callable[[EnterpriseFact], str]


def folding(settings: FindSettings, post_enterprise: PostEnterprise, ledger: Ledger, may_speak: MaySpeak) -> Take:
    """Applies the facts of a batch. `settings` finds the settings of an enterprise."""

    def take(messages: Sequence[Received]) -> Sequence[Outcome]:
        outcomes: dict[int, Outcome] = {}
        incoming: dict[int, Incoming] = {}
        for number, message in enumerate(messages):
            read = tried(lambda message: read_fact(message.body, message.at, may_speak), message)
            if isinstance(read, EnterpriseFact):
                # Before all customers' facts, which may need its settings.
                outcomes[number] = tried(post_enterprise, read)
            elif isinstance(read, Incoming):
                incoming[number] = read
            else:
                outcomes[number] = read
        outcomes |= post_by_customer(incoming, settings, ledger)
        return [outcomes[number] for number in range(len(messages))]

    return take
