"""What a statement about a provider id changes: who held it, the customers who gain or lose it, and what moves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.erasure.scrub import is_of_books
from customers.domain.facts.account import Account, FieldVersions
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.identifiers.merged_ids import MergedIds
from customers.domain.identifiers.provider_holdings import (
    HoldingStatement,
    changed_holders,
    erasure_stamp,
    require_room,
)
from customers.domain.refusals import Conflict
from customers.store.customers.pointers import merges_and_erasures_of, pointer_row
from customers.store.customers.row_writes import replace_customer, require_unchanged
from customers.store.dynamodb.transactions import put
from customers.store.facts.late_moves import LateMoves
from customers.store.facts.linking.link_change import LinkChange, id_of, owner
from customers.store.facts.linking.move import Move, page
from customers.store.facts.provider_holdings import HoldingsByProviderId, StoredHoldings
from customers.store.records.keys import owner_of
from customers.store.records.ledger_rows import ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FindAccount = Callable[[str, str], Account | None]
"""From enterprise and customer id to the customer's account, after a merge the survivor's; None for an erased one."""
MovesToErased = Callable[[str, Sequence[Move], Mapping[str, Account]], Iterator[Any]]
"""From enterprise, moves and givers to the writes: `ResidualMoves.writes`."""


class Links:
    """Reads the Customers and Records tables, strongly consistent. Everything raises `Unavailable`."""

    def __init__(
        self,
        client: DynamoDBClient,
        records_table: str,
        find: FindAccount,
        find_left: FindAccount,
        holdings: HoldingsByProviderId,
        moves: LateMoves,
        to_erased: MovesToErased,
    ) -> None:
        self._client = client
        self._records = records_table
        self._find = find
        self._find_left = find_left
        self._holdings = holdings
        self._moves = moves
        self._to_erased = to_erased

    def find(self, fact: CustomerFact, named: Account) -> LinkChange:
        """What a fact that links or unlinks an id changes. `named` is the customer whom it names.

        Reads only the customers who gain or lose something: two as a rule. Raises `CannotApply`, `Conflict`.
        """
        assert isinstance(fact.payload, ProviderIdLinked | ProviderIdUnlinked)  # noqa: S101 - the caller has checked it
        enterprise, statement = fact.enterprise, _statement(fact, named)
        stored = self._holdings.of(enterprise, fact.payload.provider_customer_id)
        before = stored.holdings
        ids, erased = merges_and_erasures_of(
            self._client, self._records, enterprise, {*before.customer_ids, statement.customer_id}
        )
        if ids.root(statement.customer_id) != id_of(named):
            raise Conflict  # Merged since the read.
        ends = {each: erasure_stamp(erasure.at, erasure.id) for each, erasure in erased.items()}
        after = before.stated(statement, ids).freed_of(ends, ids)
        require_room(after)
        changed = dict(changed_holders(before, after, ids))
        givers = {each for may_have in changed.values() for each in may_have}
        owners = owner(before, ids), owner(after, ids)
        wanted = {*givers, *(owners if owners[0] != owners[1] else ())}
        accounts = self._accounts(enterprise, named, wanted)
        found = ((each, self._find_left(enterprise, each)) for each in sorted(givers & erased.keys()))
        left = {each: account for each, account in found if account}
        change = LinkChange(
            stored,
            after,
            ids,
            named,
            accounts,
            tuple(known for each in sorted(givers) if (known := accounts.get(each) or left.get(each))),
            erased.keys(),
            left,
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
        return LinkChange(stored, after, ids, named, {id_of(named): named}, ())

    def _with_moves(self, change: LinkChange, since: str) -> LinkChange:
        """With the entries that have to move. They are read after the accounts of those who have them."""
        enterprise, wanted = change.stored.enterprise, list[Move]()
        for account in change.givers:
            for row in self._moves.named(enterprise, account.profile, change.stored.provider_id, since):
                if account.profile.erased and not is_of_books(row["type"]["S"]):
                    continue
                held_at = ledger_entry_of(row).order.held_at
                taker = change.after.holder(held_at)
                if taker and taker != owner_of(row):
                    wanted.append(Move(row, id_of(account), change.ids.root(taker), taker))
        accounts = self._accounts(enterprise, change.named, {each.taker for each in wanted}, change.accounts)
        # Which part it is makes no difference once the customer has been erased.
        known = {*accounts, *change.erased}
        wanted = [each for each in wanted if each.taker in known and not each.giver == each.taker in change.erased]
        return replace(change, accounts=accounts, moves=tuple(wanted))

    def prepared(self, change: LinkChange, customers: str) -> list[Any]:
        """Moves a part of the entries if there are too many for one transaction, or some of an erased customer; else
        empty.
        """
        enterprise, to_erased = change.stored.enterprise, change.to_erased
        accounts = {**change.accounts, **change.left}
        moves = page(to_erased or change.moves, accounts.values())
        if len(moves) == len(change.moves) and not to_erased:
            return []
        moving = {each for move in moves for each in (move.giver, move.taker)}
        if to_erased:
            moved = self._to_erased(enterprise, moves, accounts)
        else:
            moved = self._moves.writes(enterprise, moves, accounts, {}, {})
        return [
            self._holdings.require(change.stored),
            *moved,
            *_as_read(customers, enterprise, [each for each in change.givers if id_of(each) not in moving]),
        ]

    def writes(
        self, change: LinkChange, customers: str, records: str, after: FieldVersions, added: Mapping[str, bytes]
    ) -> Iterator[Any]:
        """All that changes. Of the named customer, `after` are the field versions, `added` the checksums by part."""
        enterprise, changed = change.stored.enterprise, change.changed
        yield from self._holdings.writes(change.stored, change.after)
        holding = {each: account.field_versions for each, account in changed.items()} | {id_of(change.named): after}
        accounts = {**change.accounts, **change.left}
        yield from self._moves.writes(enterprise, change.moves, accounts, holding, {id_of(change.named): added})
        for each, account in changed.items():
            if each not in change.moving:
                before = change.accounts[each].profile
                profile = replace(account.profile, version=before.version + 1)
                yield from replace_customer(customers, enterprise, before, profile)
                yield put(records, pointer_row(enterprise, profile, account.field_versions))
        written = {id_of(change.named), *change.moving, *changed}
        yield from _as_read(customers, enterprise, [each for each in change.givers if id_of(each) not in written])

    def _accounts(
        self,
        enterprise: str,
        named: Account,
        wanted: Collection[str | None],
        known: Mapping[str, Account] | None = None,
    ) -> dict[str, Account]:
        """The accounts of customers who have not been erased. Raises `Conflict` if one has been merged since."""
        accounts = {**({} if named.profile.erased else {id_of(named): named}), **(known or {})}
        for each in sorted(each for each in wanted if each and each not in accounts):
            if account := self._find(enterprise, each):
                if id_of(account) != each:
                    raise Conflict
                accounts[each] = account
        return accounts


def _statement(fact: CustomerFact, named: Account) -> HoldingStatement:
    """It names the part of the customer that the fact names, so that merges since then make no difference."""
    is_link = isinstance(fact.payload, ProviderIdLinked)
    return HoldingStatement(fact.order.held_stamp, "linked" if is_link else "unlinked", fact.scope or id_of(named))


def _as_read(customers: str, enterprise: str, accounts: list[Account]) -> Iterator[Any]:
    """Nobody has written them since: no entry that should move has come after the read."""
    for each in accounts:
        yield require_unchanged(customers, enterprise, each.profile)
