"""The customer whom an address meant at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact
from customers.domain.identifiers.identifier_holders import IdentifierHolders
from customers.domain.identifiers.phone import Phone


@dataclass(frozen=True, slots=True)
class Found:
    """The customer whom an address meant at an instant. `scope` is the absorbed customer whom it named, if any.

    `former` are the earlier holders of the phone or provider id, where they were read; else empty.
    """

    profile: Profile | None
    scope: str = ""
    former: IdentifierHolders = field(default_factory=IdentifierHolders)

    def about_the_same(self, facts: Sequence[CustomerFact]) -> list[CustomerFact]:
        """Those of some facts with one address that mean whom the first one means: a phone may have had others."""
        first, holder = facts[0].order.held_at, self.former.holder
        same = [fact for fact in facts if holder(fact.order.held_at) == holder(first)]
        erased = self.profile.erased if self.profile else None
        if erased and isinstance(facts[0].about, Phone) and not self.former.holders:
            # By a phone that is still to be freed: what happened since the erasure is about the next holder.
            same = [fact for fact in same if fact.order.held_at < erased.at]
        return [replace(fact, scope=self.scope) for fact in same]


NOBODY = Found(None)
