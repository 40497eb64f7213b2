"""From the bodies of a batch of facts to what came of each: those of one customer are applied together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache

from customers.domain.enterprise import Settings
from customers.domain.facts.fact import CustomerFact, EnterpriseFact
from customers.domain.identifiers.address import Address
from customers.domain.refusals import Conflict, Unavailable
from customers.edge.messaging.queue_consumer import Outcome, Take, tried
from customers.wire.facts.codec import Incoming, read_fact

PostEnterprise = Callable[[EnterpriseFact], str]
Post = Callable[[Sequence[CustomerFact]], Sequence[Outcome]]
"""Applies facts that name one customer in one way."""


def folding(settings: Callable[[str], Settings | None], post_enterprise: PostEnterprise, post: Post) -> Take:
    """What applies the facts of a batch. `settings` finds those of an enterprise."""

    def take(bodies: Sequence[str]) -> Sequence[Outcome]:
        now = datetime.now(UTC)
        outcomes: dict[int, Outcome] = {}
        told: dict[int, Incoming] = {}
        for number, body in enumerate(bodies):
            read = tried(lambda body: read_fact(body, now), body)
            if isinstance(read, EnterpriseFact):
                # Before all customers' facts: they may need the settings that come with it.
                outcomes[number] = tried(post_enterprise, read)
            elif isinstance(read, Incoming):
                told[number] = read
            else:
                outcomes[number] = read
        known = cache(settings)
        groups: dict[tuple[str, Address], dict[int, CustomerFact]] = {}
        for number, incoming in told.items():
            fact = tried(lambda incoming: incoming.fact(known(incoming.enterprise)), incoming)
            if isinstance(fact, CustomerFact):
                groups.setdefault((fact.enterprise, fact.about), {})[number] = fact
            else:
                outcomes[number] = fact
        for facts in groups.values():
            outcomes |= zip(facts, _posted([*facts.values()], post), strict=True)
        return [outcomes[number] for number in range(len(bodies))]

    return take


def _posted(facts: Sequence[CustomerFact], post: Post) -> Sequence[Outcome]:
    outcomes = tried(post, facts)
    if not isinstance(outcomes, Exception):
        return outcomes
    if len(facts) == 1 or isinstance(outcomes, Conflict | Unavailable):
        return [outcomes] * len(facts)
    # One of them is at fault: it alone shall come again.
    return [_posted([fact], post)[0] for fact in facts]
