"""What one more statement about a provider id changes: who held it, and what moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.identifiers.merged_ids import MergedIds
from customers.domain.identifiers.provider_holdings import ProviderHoldings
from customers.store.facts.linking.move import Move
from customers.store.facts.provider_holdings import StoredHoldings


@dataclass(frozen=True, slots=True)
class LinkChange:
    """Who held a provider id, before and after one more statement about it."""

    stored: StoredHoldings
    after: ProviderHoldings
    ids: MergedIds
    """The merges of the customers whom the statements name."""
    named: Account
    """The customer whom the fact names, as read."""
    accounts: Mapping[str, Account]
    """The customers who gain or lose something, by id, and the named one: none who has been erased."""
    givers: tuple[Account, ...]
    """The customers who have entries that may have to move: nobody else may have written them since the read."""
    erased: Collection[str] = ()
    """The customers among those whom the statements name who have been erased."""
    left: Mapping[str, Account] = field(default_factory=dict)
    """Of the erased ones who have entries that may have to move, what is left."""
    moves: tuple[Move, ...] = field(default=())

    @property
    def holdings(self) -> dict[str, str | None]:
        """For the named customer: `Account.holdings`."""
        link = self.after.link
        is_mine = link and self.ids.root(link.customer_id) == id_of(self.named)
        return {self.stored.provider_id: link.stamp if link and is_mine else None}

    @property
    def taken_back(self) -> dict[str, str]:
        """`Account.taken_back`, for the named customer."""
        since = self.after.taken_back(self.ids).get(id_of(self.named))
        return {self.stored.provider_id: since} if since else {}

    @property
    def changed(self) -> dict[str, Account]:
        """The accounts afterwards of other customers who gain or lose the id."""
        before, after = (owner(each, self.ids) for each in (self.stored.holdings, self.after))
        if before == after:
            return {}
        link = self.after.link
        stamps = {before: None, after: link.stamp if link else None}
        return {
            each: account.holding(self.stored.provider_id, stamps[each])
            for each, account in self.accounts.items()
            if each in stamps and each != id_of(self.named)
        }

    @property
    def to_erased(self) -> list[Move]:
        """The entries that turn out to be of customers who have been erased: those of one part."""
        moves = [each for each in self.moves if each.taker in self.erased]
        return [each for each in moves if each.part == moves[0].part]

    @property
    def moving(self) -> set[str]:
        """The customers whose entries move."""
        return {each for move in self.moves for each in (move.giver, move.taker)}


def owner(holdings: ProviderHoldings, ids: MergedIds) -> str | None:
    return ids.root(holdings.link.customer_id) if holdings.link else None


def id_of(account: Account) -> str:
    return account.profile.customer_id


def changes_holders(fact: CustomerFact, profile: Profile) -> bool:
    """Whether a fact changes who held a provider id. Such a fact is alone in its group.

    Of an erased customer a link of before does: what it should have owned is not another person's.
    """
    if profile.erased:
        return isinstance(fact.payload, ProviderIdLinked) and fact.order.held_at < profile.erased.at
    return isinstance(fact.payload, ProviderIdLinked | ProviderIdUnlinked)
