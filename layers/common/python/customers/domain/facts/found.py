"""The customer whom an address meant at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerFact
from customers.domain.identifiers.identifier_holders import IdentifierHolders
from customers.domain.identifiers.phone import Phone
from customers.domain.identifiers.provider_holdings import ProviderHoldings


class HeldProviderId(Protocol):
    """A provider id as it was read, with who held it."""

    @property
    def holdings(self) -> ProviderHoldings: ...


H = TypeVar("H", bound=HeldProviderId)


@dataclass(frozen=True, slots=True)
class Found(Generic[H]):
    """The customer whom an address meant at an instant. `scope` is the absorbed customer whom it named, if any.

    `former` are the earlier holders of the phone, where they were read; else empty. `provider` is who held the provider
    id, if it named one.
    """

    profile: Profile | None
    scope: str = ""
    former: IdentifierHolders = field(default_factory=IdentifierHolders)
    provider: H | None = None

    def about_the_same(self, facts: Sequence[CustomerFact]) -> list[CustomerFact]:
        """Those of some facts with one address that mean whom the first one means: a phone may have had others."""
        first, holder = facts[0].order.held_at, self.provider.holdings.holder if self.provider else self.former.holder
        same = [fact for fact in facts if holder(fact.order.held_at) == holder(first)]
        erased = self.profile.erased if self.profile else None
        if erased and isinstance(facts[0].about, Phone) and not self.former.holders:
            # By a phone that is still to be freed: what happened since the erasure is about the next holder.
            same = [fact for fact in same if fact.order.held_at < erased.at]
        return [replace(fact, scope=self.scope) for fact in same]

    def opened(self, fact: CustomerFact, customer_id: str) -> Account:
        """The account that the first fact about an unknown phone opens: a proto-wallet."""
        assert isinstance(fact.about, Phone)  # noqa: S101 - nothing else opens a record
        return Account(Profile(customer_id, fact.about, fact.books, held_since=self.former.last_until))


NOBODY: Found[Any] = Found(None)
