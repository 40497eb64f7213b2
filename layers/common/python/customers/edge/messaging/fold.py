"""Folds a batch of facts: reads each message, and applies the facts about one customer together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from customers.domain.enterprise import Settings
from customers.domain.facts.fact import CustomerFact, EnterpriseFact
from customers.domain.identifiers.address import Address
from customers.domain.refusals import Conflict, Unavailable
from customers.edge.messaging.outcomes import Outcome, Take, tried
from customers.wire.facts.codec import read_fact
from customers.wire.facts.incoming import Incoming

FindSettings = Callable[[str], Settings | None]
PostEnterprise = Callable[[EnterpriseFact], str]
Post = Callable[[Sequence[CustomerFact]], Sequence[Outcome]]
"""Applies facts that name one customer in one way."""


def folding(settings: FindSettings, post_enterprise: PostEnterprise, post: Post) -> Take:
    """Applies the facts of a batch. `settings` finds the settings of an enterprise."""

    def take(bodies: Sequence[str]) -> Sequence[Outcome]:
        now = datetime.now(UTC)
        outcomes: dict[int, Outcome] = {}
        incoming: dict[int, Incoming] = {}
        for number, body in enumerate(bodies):
            read = tried(lambda body: read_fact(body, now), body)
            if isinstance(read, EnterpriseFact):
                # Before all customers' facts, which may need its settings.
                outcomes[number] = tried(post_enterprise, read)
            elif isinstance(read, Incoming):
                incoming[number] = read
            else:
                outcomes[number] = read
        outcomes |= _post_customers(incoming, settings, post)
        return [outcomes[number] for number in range(len(bodies))]

    return take


def _post_customers(incoming: Mapping[int, Incoming], settings: FindSettings, post: Post) -> dict[int, Outcome]:
    """The outcomes by number. Facts that name one customer in one way are posted together."""
    known = cache(settings)
    outcomes: dict[int, Outcome] = {}
    groups: dict[tuple[str, Address], dict[int, CustomerFact]] = {}
    for number, each in incoming.items():
        fact = tried(lambda each: each.fact(known(each.enterprise)), each)
        if isinstance(fact, CustomerFact):
            groups.setdefault((fact.enterprise, fact.about), {})[number] = fact
        else:
            outcomes[number] = fact
    for facts in groups.values():
        outcomes |= zip(facts, _posted([*facts.values()], post), strict=True)
    return outcomes


def _posted(facts: Sequence[CustomerFact], post: Post) -> Sequence[Outcome]:
    outcomes = tried(post, facts)
    if not isinstance(outcomes, Exception):
        return outcomes
    if len(facts) == 1 or isinstance(outcomes, Conflict | Unavailable):
        return [outcomes] * len(facts)
    # One fact is at fault: only that one must come again.
    return [_posted([fact], post)[0] for fact in facts]
