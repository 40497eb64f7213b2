"""The facts of a batch that name one customer in one way are applied together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Protocol

from customers.domain.enterprise import Settings
from customers.domain.facts.fact import CustomerFact
from customers.domain.identifiers.address import Address
from customers.domain.refusals import Unavailable
from customers.edge.log import describe, logger
from customers.edge.messaging.outcomes import Outcome, tried, tried_together
from customers.wire.facts.incoming import Incoming

FindSettings = Callable[[str], Settings | None]
Facts = Sequence[CustomerFact]
"""Facts that name one customer in one way."""
Post = Callable[[Facts], Sequence[Outcome]]
"""Applies them."""


class Ledger(Protocol):
    """Where facts are applied."""

    def post(self, facts: Facts, /) -> Sequence[Outcome]: ...

    def ahead(self, batch: Sequence[Facts], /) -> Post:
        """`post`, for the facts of several customers: what they read first is read together.

        Raises `Unavailable`, and what one fact that is at fault makes the request raise.
        """


def post_by_customer(incoming: Mapping[int, Incoming], settings: FindSettings, ledger: Ledger) -> dict[int, Outcome]:
    """The outcomes by number, as `incoming` is."""
    known = cache(settings)
    outcomes: dict[int, Outcome] = {}
    groups: dict[tuple[str, Address], dict[int, CustomerFact]] = {}
    for number, each in incoming.items():
        fact = tried(lambda each: each.fact(known(each.enterprise)), each)
        if isinstance(fact, CustomerFact):
            groups.setdefault((fact.enterprise, fact.about), {})[number] = fact
        else:
            outcomes[number] = fact
    batch = [[*facts.values()] for facts in groups.values()]
    post = tried(ledger.ahead, batch) if len(batch) > 1 else ledger.post
    if isinstance(post, Unavailable):
        return outcomes | {number: post for facts in groups.values() for number in facts}
    if isinstance(post, Exception):
        # One of them may be at fault. Each reads for itself then, and only that one fails.
        logger.warning("read_alone", extra=describe(post))
        post = ledger.post
    for facts in groups.values():
        outcomes |= zip(facts, tried_together(post, [*facts.values()]), strict=True)
    return outcomes
