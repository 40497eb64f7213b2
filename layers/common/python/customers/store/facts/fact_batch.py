"""Facts that are applied together: how they are split into transactions, and which are still to be applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from customers.domain.facts.fact import CustomerFact, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.facts.imported import Imported
from customers.domain.refusals import Conflict
from customers.store.fact_outcomes import Outcome, in_order

AT_ONCE = 20
"""Facts in a transaction: three items each, and the customer's row with its copies; DynamoDB takes a hundred."""

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
