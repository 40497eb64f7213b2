"""Who held a provider id, from when to when: statements about it, whatever the order in which they arrive.

An instant here is `EventOrder.held_at`: a clock that runs ahead counts as the receipt of its fact.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from customers.domain.instants import sortable_instant
from customers.domain.refusals import CannotApply

MOST = 50
"""Statements about one provider id: its row stays below 10 KB."""

Holder = str | None
"""A customer's id; None for nobody."""


@dataclass(frozen=True, slots=True, order=True)
class HoldingStatement:
    """A customer got the id (`linked`), never had it (`unlinked`: the link was wrong), or was erased (`freed`)."""

    stamp: str
    """`{held_at}#{fact_id}`: the greater one is the later one."""
    kind: Literal["linked", "unlinked", "freed"]
    customer_id: str


@dataclass(frozen=True, slots=True)
class ProviderHoldings:
    """All statements about one provider id, sorted. `revision` counts the changes of its row."""

    statements: tuple[HoldingStatement, ...] = ()
    revision: int = 0

    def stated(self, *more: HoldingStatement) -> ProviderHoldings:
        """With more statements."""
        statements = [*self.statements]
        for each in more:
            if each not in statements:
                insort(statements, each)
        return replace(self, statements=tuple(statements), revision=self.revision + 1)

    def freed(self, at: datetime, erasure_id: str) -> ProviderHoldings:
        """After the erasure of its holder. The next link makes somebody else its holder from then on."""
        assert self.link  # noqa: S101 - the caller has checked it
        return self.stated(HoldingStatement(f"{sortable_instant(at)}#{erasure_id}", "freed", self.link.customer_id))

    @property
    def link(self) -> HoldingStatement | None:
        """The link that holds now."""
        changes = self._changes()
        return changes[-1][1] if changes else None

    @property
    def customer_ids(self) -> list[str]:
        """All customers whom the statements name."""
        return [*dict.fromkeys(each.customer_id for each in self.statements)]

    def holder(self, at: datetime) -> Holder:
        """The customer who held the id at an instant. The first known holder holds it from the beginning."""
        instant = sortable_instant(at)
        return self._at(lambda stamp: stamp.partition("#")[0] <= instant)

    def holder_from(self, stamp: str) -> Holder:
        """The customer who held the id just after this stamp; at the beginning for an empty one."""
        return self._at(lambda each: each <= stamp)

    def _at(self, happened: Callable[[str], bool]) -> Holder:
        changes = self._changes()
        until = sum(happened(stamp) for stamp, _ in changes)
        held = changes[until - 1][1] if until else None
        if held is None:
            # Before the first link, and after an erasure: the next holder's.
            held = next((link for _, link in changes[until:] if link), None)
        return held.customer_id if held else None

    def _changes(self) -> list[tuple[str, HoldingStatement | None]]:
        """From when on who holds it, by the link that says so."""
        changes: list[tuple[str, HoldingStatement | None]] = []
        for each in self.statements:
            held = changes[-1][1] if changes else None
            if each.kind == "linked" and not self._is_void(each):
                changes.append((each.stamp, each))
            elif each.kind == "freed" and held and held.customer_id == each.customer_id:
                changes.append((each.stamp, None))
        return changes

    def _is_void(self, link: HoldingStatement) -> bool:
        return any(
            each.kind == "unlinked" and each.customer_id == link.customer_id and each.stamp > link.stamp
            for each in self.statements
        )


def require_room(holdings: ProviderHoldings) -> None:
    """Raises `CannotApply` if there are too many statements about the id."""
    if len(holdings.statements) > MOST:
        raise CannotApply("provider_customer_id", f"was linked or unlinked {MOST} times already")


def changed_holders(before: ProviderHoldings, after: ProviderHoldings, same: Sequence[set[str]] = ()) -> Iterator[str]:
    """The stamps from which on somebody else is the holder; an empty one for the beginning.

    Ids in one group of `same` are one customer.
    """
    stamps = ["", *sorted({each.stamp for each in (*before.statements, *after.statements)})]
    for stamp in stamps:
        held, holds = before.holder_from(stamp), after.holder_from(stamp)
        if holds and held != holds and not any({held, holds} <= group for group in same):
            yield stamp
