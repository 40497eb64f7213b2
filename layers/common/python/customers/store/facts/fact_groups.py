"""How a batch of facts is split into transactions, and what came of each fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from customers.domain.facts.fact import CustomerFact, ProviderIdLinked
from customers.domain.refusals import Refusal
from customers.store.registry import Posted

AT_ONCE = 20
"""Facts in a transaction: three items each, and the customer's row with its copies; DynamoDB takes a hundred."""

Outcome = Posted | Refusal
"""That a fact is in the ledger, or why it is not: `NotYet` or `CannotApply`."""


def groups(facts: Iterable[CustomerFact]) -> Iterator[list[CustomerFact]]:
    """The facts of each transaction: in the order in which they happened, and each link alone."""
    together: list[CustomerFact] = []
    for fact in sorted(facts, key=lambda fact: str(fact.order)):
        if isinstance(fact.payload, ProviderIdLinked):
            yield [fact]
        else:
            together.append(fact)
    for start in range(0, len(together), AT_ONCE):
        yield together[start : start + AT_ONCE]


def same_outcome(facts: Iterable[CustomerFact], outcome: Outcome) -> dict[str, Outcome]:
    """One outcome for all, by fact id."""
    return {fact.order.fact_id: outcome for fact in facts}


def in_order(facts: Sequence[CustomerFact], outcomes: dict[str, Outcome]) -> list[Outcome]:
    """In the order of `facts`. A fact that is in the batch twice is a duplicate the second time."""
    listed: list[Outcome] = []
    for fact in facts:
        fact_id = fact.order.fact_id
        listed.append(outcomes[fact_id])
        if outcomes[fact_id] == "applied":
            outcomes[fact_id] = "duplicate"
    return listed
