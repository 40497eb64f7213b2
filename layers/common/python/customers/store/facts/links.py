"""What a statement about a provider id changes: who held it, the customers who gain or lose it, and what moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from customers.domain.facts.account import Account, FieldVersions
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.identifiers.provider_holdings import (
    HoldingStatement,
    ProviderHoldings,
    changed_holders,
    require_room,
)
from customers.domain.refusals import Conflict
from customers.store.customers.keys import customer_key
from customers.store.customers.pointers import pointer_row
from customers.store.customers.row_writes import replace_customer, unchanged
from customers.store.dynamodb.transactions import put, require
from customers.store.facts.late_moves import LateMoves, Move, page
from customers.store.facts.provider_holdings import HoldingsByProviderId, StoredHoldings
from customers.store.records.ledger_rows import ledger_entry_of

FindAccount = Callable[[str, str], Account | None]
"""From enterprise and customer id to the customer's account, after a merge the survivor's; None for an erased one."""
Accounts = Mapping[str, Account]


@dataclass(frozen=True, slots=True)
class LinkChange:
    """Who held a provider id, before and after one more statement about it."""

    stored: StoredHoldings
    after: ProviderHoldings
    named: Account
    """The customer whom the fact names, as read."""
    known: Accounts
    """The customers whom the statements name, by those ids."""
    givers: tuple[Account, ...]
    """The customers who have entries that may have to move: nobody else may have written them since the read."""
    moves: tuple[Move, ...]
    """The entries that have to move."""

    @property
    def outclaimed(self) -> frozenset[str]:
        """The id, if it is not the named customer's afterwards."""
        owner = _owner(self.after, self.known)
        is_mine = owner is not None and _id(owner) == _id(self.named)
        return frozenset() if is_mine else frozenset({self.stored.provider_id})

    @property
    def changed(self) -> dict[str, Account]:
        """The accounts afterwards of other customers who gain or lose the id."""
        before, after, link = _owner(self.stored.holdings, self.known), _owner(self.after, self.known), self.after.link
        changed: dict[str, Account] = {}
        if (before and _id(before)) != (after and _id(after)):
            if before:
                changed[_id(before)] = before.holding(self.stored.provider_id, None)
            if after and link:
                changed[_id(after)] = after.holding(self.stored.provider_id, link.stamp)
        changed.pop(_id(self.named), None)
        return changed

    @property
    def moving(self) -> set[str]:
        """The customers whose entries move."""
        return {each for move in self.moves for each in (move.giver, move.taker)}


class Links:
    """Reads the Customers and Records tables, strongly consistent. Everything raises `Unavailable`."""

    def __init__(self, find: FindAccount, holdings: HoldingsByProviderId, moves: LateMoves) -> None:
        self._find = find
        self._holdings = holdings
        self._moves = moves

    def find(self, fact: CustomerFact, named: Account) -> LinkChange:
        """What a fact that links or unlinks an id changes. `named` is the customer whom it names.

        Raises `CannotApply`, `Conflict`.
        """
        assert isinstance(fact.payload, ProviderIdLinked | ProviderIdUnlinked)  # noqa: S101 - the caller has checked it
        stored = self._holdings.of(fact.enterprise, fact.payload.provider_customer_id)
        found = {each: self._account(fact.enterprise, each, named) for each in stored.holdings.customer_ids}
        known = {each: account for each, account in found.items() if account} | {_id(named): named}
        after = stored.holdings.stated(*_statements(fact, named, known))
        require_room(after)
        same = [{each for each in known if _id(known[each]) == _id(root)} for root in known.values()]
        changed = [*changed_holders(stored.holdings, after, same)]
        # What was addressed by a link that turned out to be wrong is still with the customer of that link.
        before = stored.holdings.customer_ids if changed else []
        givers = {_id(known[each]): known[each] for each in before if each in known}
        moves = [
            Move(row, giver, _id(known[taker]))
            for giver in givers
            for row in self._moves.named(fact.enterprise, giver, stored.provider_id, changed[0])
            if (taker := after.holder(ledger_entry_of(row).order.held_at)) in known and _id(known[taker]) != giver
        ]
        return LinkChange(stored, after, named, known, tuple(givers.values()), tuple(moves))

    def prepared(self, change: LinkChange, customers: str) -> list[Any]:
        """Moves a part of the entries if there are too many for one transaction; empty if there are not."""
        accounts = {_id(each): each for each in change.known.values()}
        enterprise, moves = change.stored.enterprise, page(change.moves, accounts.values())
        if len(moves) == len(change.moves):
            return []
        moving = {each for move in moves for each in (move.giver, move.taker)}
        return [
            self._holdings.require(change.stored),
            *self._moves.writes(enterprise, moves, accounts, {}),
            *_as_read(customers, enterprise, [each for each in change.givers if _id(each) not in moving]),
        ]

    def writes(self, change: LinkChange, customers: str, records: str, after: FieldVersions) -> Iterator[Any]:
        """The holdings, the entries that move, and other customers. `after` are the named customer's field versions."""
        enterprise, changed = change.stored.enterprise, change.changed
        yield from self._holdings.writes(change.stored, change.after)
        holding = {each: account.field_versions for each, account in changed.items()} | {_id(change.named): after}
        accounts = {_id(each): each for each in change.known.values()}
        yield from self._moves.writes(enterprise, change.moves, accounts, holding)
        for each, account in changed.items():
            if each not in change.moving:
                before = accounts[each].profile
                profile = replace(account.profile, version=before.version + 1)
                yield from replace_customer(customers, enterprise, before, profile)
                yield put(records, pointer_row(enterprise, profile, account.field_versions))
        written = {_id(change.named), *change.moving, *changed}
        yield from _as_read(customers, enterprise, [each for each in change.givers if _id(each) not in written])

    def _account(self, enterprise: str, customer_id: str, named: Account) -> Account | None:
        """Raises `Conflict` where the named customer has been written since."""
        if customer_id == _id(named):
            return named
        account = self._find(enterprise, customer_id)
        if account and _id(account) == _id(named) and account.profile.version != named.profile.version:
            raise Conflict
        return account


def _statements(fact: CustomerFact, named: Account, known: Accounts) -> list[HoldingStatement]:
    stamp, me = fact.order.held_stamp, _id(named)
    if isinstance(fact.payload, ProviderIdLinked):
        return [HoldingStatement(stamp, "linked", me)]
    # Links from before a merge name the absorbed customer.
    mine = {each for each, account in known.items() if _id(account) == me}
    return [HoldingStatement(stamp, "unlinked", each) for each in sorted(mine)]


def _owner(holdings: ProviderHoldings, known: Accounts) -> Account | None:
    return known.get(holdings.link.customer_id) if holdings.link else None


def _id(account: Account) -> str:
    return account.profile.customer_id


def _as_read(customers: str, enterprise: str, accounts: list[Account]) -> Iterator[Any]:
    """Nobody has written them since: no entry that should move has come after the read."""
    for each in accounts:
        yield require(customers, customer_key(enterprise, each.profile.phone), *unchanged(each.profile))
