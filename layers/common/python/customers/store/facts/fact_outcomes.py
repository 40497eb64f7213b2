"""What came of each fact of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from customers.domain.facts.fact import CustomerFact
from customers.domain.refusals import Refusal
from customers.store.registry import Posted

Outcome = Posted | Refusal
"""That a fact is in the ledger, or why it is not: `NotYet` or `CannotApply`."""


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
