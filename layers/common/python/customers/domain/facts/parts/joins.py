"""What two customers stated, joined by a merge.

A merge is a statement of this system's own: what was stated before it gives way to what is stated after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.customers.profile import Flat, Profile
from customers.domain.facts.account import Account
from customers.domain.instants import sortable_instant


@dataclass(frozen=True, slots=True)
class Holding:
    """The value that holds, and the order of its statement; an empty one if nobody stated it."""

    value: Any = field(repr=False)
    order: str


_NOTHING = Profile("", None, "")  # type: ignore[arg-type]
THINGS = ("name", "member_since", "preferences", "consent", "disabled")
"""What a merged customer states as a whole. The phone and its verification are the survivor's own."""


def nothing_stated(thing: str) -> Holding:
    return Holding(getattr(_NOTHING, thing), "")


def holding_of(thing: str, account: Account) -> Holding:
    """What holds of an account."""
    return Holding(getattr(account.profile, thing), account.field_versions.get(thing, ""))


def joined(thing: str, mine: Holding, theirs: Holding, merged_at: datetime) -> Holding:
    """What holds after a merge: the later name and preferences, the earlier `member_since`, the stricter consent.

    If one of the two was disabled, the survivor is.
    """
    stated = mine.order or theirs.order
    # After every fact of the same instant.
    order = f"{sortable_instant(merged_at)}#~" if stated else ""
    return Holding(_JOINS[thing](mine, theirs), order)


def stricter(latest: Flat, *statements: Flat) -> Flat:
    """Of what was consented to, what nobody has refused: false, empty or null stands over any other value."""
    merged: dict[str, Any] = {}
    for statement in (*statements, latest):
        for thing, value in statement.items():
            refused = thing in merged and not merged[thing]
            merged[thing] = merged[thing] if refused else value
    return merged


def _later(mine: Holding, theirs: Holding) -> Any:
    return theirs.value if theirs.order > mine.order else mine.value


def _earliest(mine: Holding, theirs: Holding) -> datetime | None:
    return min(filter(None, (mine.value, theirs.value)), default=None)


def _stricter(mine: Holding, theirs: Holding) -> Flat:
    return stricter(_later(mine, theirs), mine.value, theirs.value)


def _either(mine: Holding, theirs: Holding) -> bool:
    return bool(mine.value or theirs.value)


_JOINS: Mapping[str, Callable[[Holding, Holding], Any]] = {
    "name": _later,
    "member_since": _earliest,
    "preferences": _later,
    "consent": _stricter,
    "disabled": _either,
}
