"""Entries that move from one customer to another, and how many of them one transaction takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from customers.domain.facts.account import Account
from customers.domain.facts.imported import Imported
from customers.domain.refusals import CannotApply
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import AT_ONCE as MOST
from customers.store.records.ledger_rows import ledger_entry_of

AT_ONCE = 6
"""Entries in a transaction, if the customers have few provider ids."""
_ITEMS = 7
"""Of an entry: three of its own, its purchase at two customers, and the sums of two days."""
_ROOM = 80
"""Items of a transaction for entries and for the rows and copies of customers; DynamoDB takes a hundred."""


@dataclass(frozen=True, slots=True)
class Move:
    """An entry that moves from one customer to another."""

    row: Item = field(repr=False)
    giver: str
    taker: str
    part: str
    """The part of the taker that held the provider id."""

    @property
    def scope(self) -> str:
        """The entry's scope from then on."""
        return self.part if self.part != self.taker else ""


def page(moves: Sequence[Move], accounts: Collection[Account]) -> Sequence[Move]:
    """As many of the moves as one transaction takes beside the rows and copies of all these customers; at least one.

    Raises `CannotApply` where one is too much: an import with many grants, of customers with many provider ids.
    """
    rows = {each.profile.customer_id: len(each.profile.provider_ids) + 2 for each in accounts}
    together, items = list[Move](), sum(rows.values())
    for move in moves[:AT_ONCE]:
        items += _items(move)
        if together and items > _ROOM:
            break
        together.append(move)
    for move in together[:1]:
        if _items(move) + rows.get(move.giver, 0) + rows.get(move.taker, 0) > MOST:
            raise CannotApply("provider_customer_id", "would move an import with more grants than can move at once")
    return together


def _items(move: Move) -> int:
    payload = ledger_entry_of(move.row).payload
    # Each grant has a row at either customer.
    return _ITEMS + 2 * len(payload.grants or ()) if isinstance(payload, Imported) else _ITEMS
