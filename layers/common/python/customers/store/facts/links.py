"""What a statement about a provider id changes: who held it, the customers who gain or lose it, and what moves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from customers.domain.facts.account import Account, FieldVersions
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.identifiers.merged_ids import MergedIds
from customers.domain.identifiers.provider_holdings import (
    HoldingStatement,
    ProviderHoldings,
    changed_holders,
    require_room,
)
from customers.domain.refusals import Conflict
from customers.store.customers.keys import customer_key
from customers.store.customers.pointers import merges_of, pointer_row
from customers.store.customers.row_writes import replace_customer, unchanged
from customers.store.dynamodb.transactions import put, require
from customers.store.facts.late_moves import LateMoves, Move, page
from customers.store.facts.provider_holdings import HoldingsByProviderId, StoredHoldings
from customers.store.records.keys import owner_of
from customers.store.records.ledger_rows import ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FindAccount = Callable[[str, str], Account | None]
"""From enterprise and customer id to the customer's account, after a merge the survivor's; None for an erased one."""


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
    """The customers who gain or lose something, by id: also the named one, and none who has been erased."""
    givers: tuple[Account, ...]
    """The customers who have entries that may have to move: nobody else may have written them since the read."""
    moves: tuple[Move, ...] = field(default=())

    @property
    def holdings(self) -> dict[str, str | None]:
        """For the named customer: `Account.holdings`."""
        link = self.after.link
        is_mine = link and self.ids.root(link.customer_id) == _id(self.named)
        return {self.stored.provider_id: link.stamp if link and is_mine else None}

    @property
    def taken_back(self) -> dict[str, str]:
        """`Account.taken_back`, for the named customer."""
        since = self.after.taken_back(self.ids).get(_id(self.named))
        return {self.stored.provider_id: since} if since else {}

    @property
    def changed(self) -> dict[str, Account]:
        """The accounts afterwards of other customers who gain or lose the id."""
        before, after = (_owner(each, self.ids) for each in (self.stored.holdings, self.after))
        changed: dict[str, Account] = {}
        if before != after:
            link, provider_id = self.after.link, self.stored.provider_id
            if before and before in self.accounts:
                changed[before] = self.accounts[before].holding(provider_id, None)
            if after and link and after in self.accounts:
                changed[after] = self.accounts[after].holding(provider_id, link.stamp)
        changed.pop(_id(self.named), None)
        return changed

    @property
    def moving(self) -> set[str]:
        """The customers whose entries move."""
        return {each for move in self.moves for each in (move.giver, move.taker)}


class Links:
    """Reads the Customers and Records tables, strongly consistent. Everything raises `Unavailable`."""

    def __init__(
        self,
        client: DynamoDBClient,
        records_table: str,
        find: FindAccount,
        holdings: HoldingsByProviderId,
        moves: LateMoves,
    ) -> None:
        self._client = client
        self._records = records_table
        self._find = find
        self._holdings = holdings
        self._moves = moves

    def find(self, fact: CustomerFact, named: Account) -> LinkChange:
        """What a fact that links or unlinks an id changes. `named` is the customer whom it names.

        Reads only the customers who gain or lose something: two as a rule. Raises `CannotApply`, `Conflict`.
        """
        assert isinstance(fact.payload, ProviderIdLinked | ProviderIdUnlinked)  # noqa: S101 - the caller has checked it
        enterprise, statement = fact.enterprise, _statement(fact, named)
        stored = self._holdings.of(enterprise, fact.payload.provider_customer_id)
        before = stored.holdings
        ids = merges_of(self._client, self._records, enterprise, {*before.customer_ids, statement.customer_id})
        if ids.root(statement.customer_id) != _id(named):
            raise Conflict  # Merged since the read.
        after = before.stated(statement, ids)
        require_room(after)
        changed = dict(changed_holders(before, after, ids))
        givers = {each for may_have in changed.values() for each in may_have}
        owners = _owner(before, ids), _owner(after, ids)
        wanted = {*givers, *(owners if owners[0] != owners[1] else ())}
        accounts = self._accounts(enterprise, named, wanted)
        change = LinkChange(
            stored, after, ids, named, accounts, tuple(accounts[each] for each in sorted(givers) if each in accounts)
        )
        return self._with_moves(change, min(changed)) if changed else change

    def first(self, fact: CustomerFact, named: Account, stored: StoredHoldings) -> LinkChange | None:
        """The same for a customer who is not stored yet, and an id that nobody has held: there is nothing to read.

        None for an id that somebody has held.
        """
        if stored.row or stored.freed_row:
            return None
        ids = MergedIds()
        after = stored.holdings.stated(_statement(fact, named), ids)
        return LinkChange(stored, after, ids, named, {_id(named): named}, ())

    def _with_moves(self, change: LinkChange, since: str) -> LinkChange:
        """With the entries that have to move. They are read after the accounts of those who have them."""
        enterprise, wanted = change.stored.enterprise, list[Move]()
        for account in change.givers:
            for row in self._moves.named(enterprise, account.profile, change.stored.provider_id, since):
                held_at = ledger_entry_of(row).order.held_at
                if (taker := change.after.holder(held_at)) and taker != owner_of(row):
                    wanted.append(Move(row, _id(account), change.ids.root(taker), taker))
        accounts = self._accounts(enterprise, change.named, {each.taker for each in wanted}, change.accounts)
        return replace(change, accounts=accounts, moves=tuple(each for each in wanted if each.taker in accounts))

    def prepared(self, change: LinkChange, customers: str) -> list[Any]:
        """Moves a part of the entries if there are too many for one transaction; empty if there are not."""
        enterprise, moves = change.stored.enterprise, page(change.moves, change.accounts.values())
        if len(moves) == len(change.moves):
            return []
        moving = {each for move in moves for each in (move.giver, move.taker)}
        return [
            self._holdings.require(change.stored),
            *self._moves.writes(enterprise, moves, change.accounts, {}, {}),
            *_as_read(customers, enterprise, [each for each in change.givers if _id(each) not in moving]),
        ]

    def writes(
        self, change: LinkChange, customers: str, records: str, after: FieldVersions, added: Mapping[str, bytes]
    ) -> Iterator[Any]:
        """All that changes. Of the named customer, `after` are the field versions, `added` the checksums by part."""
        enterprise, changed = change.stored.enterprise, change.changed
        yield from self._holdings.writes(change.stored, change.after)
        holding = {each: account.field_versions for each, account in changed.items()} | {_id(change.named): after}
        yield from self._moves.writes(enterprise, change.moves, change.accounts, holding, {_id(change.named): added})
        for each, account in changed.items():
            if each not in change.moving:
                before = change.accounts[each].profile
                profile = replace(account.profile, version=before.version + 1)
                yield from replace_customer(customers, enterprise, before, profile)
                yield put(records, pointer_row(enterprise, profile, account.field_versions))
        written = {_id(change.named), *change.moving, *changed}
        yield from _as_read(customers, enterprise, [each for each in change.givers if _id(each) not in written])

    def _accounts(
        self,
        enterprise: str,
        named: Account,
        wanted: Collection[str | None],
        known: Mapping[str, Account] | None = None,
    ) -> dict[str, Account]:
        """The accounts of customers who have not been erased. Raises `Conflict` if one has been merged since."""
        accounts = {_id(named): named, **(known or {})}
        for each in sorted(each for each in wanted if each and each not in accounts):
            if account := self._find(enterprise, each):
                if _id(account) != each:
                    raise Conflict
                accounts[each] = account
        return accounts


def _statement(fact: CustomerFact, named: Account) -> HoldingStatement:
    """It names the part of the customer that the fact names, so that merges since then make no difference."""
    is_link = isinstance(fact.payload, ProviderIdLinked)
    return HoldingStatement(fact.order.held_stamp, "linked" if is_link else "unlinked", fact.scope or _id(named))


def _owner(holdings: ProviderHoldings, ids: MergedIds) -> str | None:
    return ids.root(holdings.link.customer_id) if holdings.link else None


def _id(account: Account) -> str:
    return account.profile.customer_id


def _as_read(customers: str, enterprise: str, accounts: list[Account]) -> Iterator[Any]:
    """Nobody has written them since: no entry that should move has come after the read."""
    for each in accounts:
        yield require(customers, customer_key(enterprise, each.profile.phone), *unchanged(each.profile))
