"""Who held a provider id, from when to when: statements about it, whatever the order in which they arrive.

An instant here is `EventOrder.held_at`: a clock that runs ahead counts as the receipt of its fact.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from customers.domain.identifiers.merged_ids import MergedIds
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
    """The customer whom the statement names. Merges do not change it."""
    void_from: str = field(default="", compare=False)
    """For a link that was wrong, the stamp of the first statement that says so; else empty."""

    @property
    def instant(self) -> str:
        """When it was made, sortable."""
        return _instant(self.stamp)

    def judged(self, other: HoldingStatement, ids: MergedIds) -> HoldingStatement:
        """The link, void if the other statement unlinks the same customer later. Other statements stay as they are."""
        if (self.kind, other.kind) != ("linked", "unlinked") or other.stamp <= self.stamp:
            return self
        if not ids.are_one(self.customer_id, other.customer_id, other.instant):
            return self
        return replace(self, void_from=min(self.void_from or other.stamp, other.stamp))


@dataclass(frozen=True, slots=True)
class ProviderHoldings:
    """All statements about one provider id, sorted. `revision` counts the changes of its row."""

    statements: tuple[HoldingStatement, ...] = ()
    revision: int = 0

    def stated(self, statement: HoldingStatement, ids: MergedIds) -> ProviderHoldings:
        """With one more statement. `ids` has at least the merges of the customers that the statements name.

        An unlink concerns the links of ids that were the same customer when it was made. All merges from before are
        known by then, so the order of arrival makes no difference.
        """
        statements = [each.judged(statement, ids) for each in self.statements]
        for each in self.statements:
            statement = statement.judged(each, ids)
        if statement not in statements:
            insort(statements, statement)
        return ProviderHoldings(tuple(statements), self.revision + 1)

    def parted(self, customer_ids: Collection[str], ids: MergedIds) -> ProviderHoldings:
        """After an unmerge of a customer who consisted of these: no unlink of one takes back a link of another one who
        was never the same customer. `ids` has the merges of these customers that still hold.
        """
        statements = tuple(
            self._judged_anew(each, ids) if each.customer_id in customer_ids else each for each in self.statements
        )
        return ProviderHoldings(statements, self.revision + 1)

    def _judged_anew(self, statement: HoldingStatement, ids: MergedIds) -> HoldingStatement:
        statement = replace(statement, void_from="")
        for each in self.statements:
            statement = statement.judged(each, ids)
        return statement

    def taken_back(self, ids: MergedIds) -> dict[str, str]:
        """By merged customer the stamp of the first unlink by which one part took back a link of another part."""
        unlinks = [each for each in self.statements if each.kind == "unlinked"]
        found: dict[str, str] = {}
        for link in self.statements:
            for unlink in unlinks:
                if unlink.customer_id != link.customer_id and replace(link, void_from="").judged(unlink, ids).void_from:
                    root = ids.root(link.customer_id)
                    found[root] = min(found.get(root, unlink.stamp), unlink.stamp)
        return found

    def freed(self, at: datetime, erasure_id: str) -> ProviderHoldings:
        """After the erasure of its holder. The next link makes somebody else its holder from then on."""
        assert self.link  # noqa: S101 - the caller has checked it
        freed = HoldingStatement(erasure_stamp(at, erasure_id), "freed", self.link.customer_id)
        return self.stated(freed, MergedIds())

    def freed_of(self, erased: Mapping[str, str], ids: MergedIds) -> ProviderHoldings:
        """With the erasures of all who have a link. `erased` has the stamps of erasures, after a merge the survivors'.

        Whoever was not the holder when erased may come to be the holder of that time, by a link or an unlink that
        arrives later.
        """
        holdings = self
        for each in self.statements:
            if each.kind == "linked" and (stamp := erased.get(ids.root(each.customer_id))):
                holdings = holdings.stated(HoldingStatement(stamp, "freed", each.customer_id), MergedIds())
        return holdings

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
        """The customer who held the id at an instant. The first known holder holds it from the beginning.

        Where nobody else is known, a link that was wrong counts until the statement that says so.
        """
        return self.holder_at(sortable_instant(at))

    def holder_at(self, instant: str) -> Holder:
        """The same for a sortable instant; for an empty one at the beginning."""
        changes = self._changes()
        until = sum(_instant(stamp) <= instant for stamp, _ in changes)
        held = changes[until - 1][1] if until else None
        if held is None:
            # Before the first link, and after an erasure: the next holder's.
            held = next((link for _, link in changes[until:] if link), None)
        if held is None:
            held = self._until_unlinked(changes[until - 1][0] if until else "", instant)
        return held.customer_id if held else None

    def unlinked_until(self, instant: str) -> set[str]:
        """The customers whose links were known to be wrong at this instant.

        What named the id is still with them, as long as nobody else is known to have held it.
        """
        return {each.customer_id for each in self.statements if each.void_from and _instant(each.void_from) <= instant}

    def _until_unlinked(self, freed: str, instant: str) -> HoldingStatement | None:
        """Of the wrong links since the last erasure of a holder, the one that counted."""
        wrong = [each for each in self.statements if each.stamp > freed and _instant(each.void_from) > instant]
        return next((each for each in reversed(wrong) if _instant(each.stamp) <= instant), wrong[0] if wrong else None)

    def _changes(self) -> list[tuple[str, HoldingStatement | None]]:
        """From when on who holds it, by the link that says so."""
        changes: list[tuple[str, HoldingStatement | None]] = []
        for each in self.statements:
            held = changes[-1][1] if changes else None
            if each.kind == "linked" and not each.void_from:
                changes.append((each.stamp, each))
            elif each.kind == "freed" and held and held.customer_id == each.customer_id:
                changes.append((each.stamp, None))
        return changes


def erasure_stamp(at: datetime, erasure_id: str) -> str:
    return f"{sortable_instant(at)}#{erasure_id}"


def require_room(holdings: ProviderHoldings) -> None:
    """Raises `CannotApply` if there are too many statements about the id."""
    if len(holdings.statements) > MOST:
        raise CannotApply("provider_customer_id", f"was linked or unlinked {MOST} times already")


def changed_holders(
    before: ProviderHoldings, after: ProviderHoldings, ids: MergedIds
) -> Iterator[tuple[str, set[str]]]:
    """The instants from which on somebody else is the holder, an empty one for the beginning. Of a merged customer it
    may be another part.

    Each comes with the customers who may have the entries that named the id then, as of now.
    """
    for instant in ["", *sorted({_instant(each.stamp) for each in (*before.statements, *after.statements)})]:
        held, holds = before.holder_at(instant), after.holder_at(instant)
        if holds and held != holds:
            yield instant, {ids.root(each) for each in ([held] if held else before.unlinked_until(instant))}


def _instant(stamp: str) -> str:
    return stamp.partition("#")[0]
