"""What came of each fact of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.fact_identity import another
from customers.domain.refusals import NotYet, Refusal
from customers.store.registry_facts import Posted

Outcome = Posted | Refusal
"""That a fact is in the ledger, or why it is not: `NotYet` or `CannotApply`."""


def same_outcome(facts: Iterable[CustomerFact], outcome: Outcome) -> dict[str, Outcome]:
    """One outcome for all, by fact id."""
    return {fact.order.fact_id: outcome for fact in facts}


def in_order(facts: Sequence[CustomerFact], outcomes: dict[str, Outcome]) -> list[Outcome]:
    """In the order of `facts`, of which those that came first with their ids have these outcomes."""
    first: dict[str, CustomerFact] = {}
    return [_outcome(fact, first.setdefault(fact.order.fact_id, fact), outcomes) for fact in facts]


def _outcome(fact: CustomerFact, first: CustomerFact, outcomes: dict[str, Outcome]) -> Outcome:
    """A fact that is in the batch twice is a duplicate the second time. Another one with its id is refused."""
    outcome = outcomes[fact.order.fact_id]
    if fact is first:
        return outcome
    if fact == first:
        return "duplicate" if outcome == "applied" else outcome
    if isinstance(outcome, Refusal):
        return NotYet("fact_id", "came together with another fact that has the same id")
    return another()
