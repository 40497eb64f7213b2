"""Facts that are applied together: how they are split into transactions, what is left to do, what came of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from customers.domain.facts.fact import CustomerFact, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.facts.fact_identity import another
from customers.domain.facts.imported import Imported
from customers.domain.refusals import Conflict, NotYet, Refusal
from customers.store.registry_facts import Posted

AT_ONCE = 20
"""Facts in a transaction: three items each, and the customer's row with its copies; DynamoDB takes a hundred."""

Outcome = Posted | Refusal
"""That a fact is in the ledger, or why it is not: `NotYet` or `CannotApply`."""
Apply = Callable[[list[CustomerFact]], dict[str, Outcome]]


class FactBatch:
    """Facts that name one customer in one way, and what came of those that are done."""

    def __init__(self, facts: Sequence[CustomerFact]) -> None:
        self._facts = facts
        self._pending = {fact.order.fact_id: fact for fact in reversed(facts)}
        self._outcomes: dict[str, Outcome] = {}

    def attempt(self, apply: Apply) -> list[Outcome]:
        """Apply what is still to be applied. The outcomes of all facts, in their order. Raises `Conflict`."""
        for group in self._groups():
            with suppress(Conflict):
                self._outcomes |= apply(group)
        for fact_id in self._outcomes:
            self._pending.pop(fact_id, None)
        if self._pending:
            raise Conflict
        return in_order(self._facts, self._outcomes)

    def _groups(self) -> Iterator[list[CustomerFact]]:
        """The facts of each transaction: in the order in which they happened, and each link and each import alone."""
        together: list[CustomerFact] = []
        for fact in sorted(self._pending.values(), key=lambda fact: str(fact.order)):
            if isinstance(fact.payload, ProviderIdLinked | ProviderIdUnlinked | Imported):
                yield [fact]
            else:
                together.append(fact)
        for start in range(0, len(together), AT_ONCE):
            yield together[start : start + AT_ONCE]


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
