"""A part of a merged customer: what is known of one of the customers that it consists of.

Of each field a part keeps the statements that may still hold. A statement gives way to a later one that was also heard
later. By a clock that runs ahead, a statement is later and was heard earlier: then both are kept, because a merge or a
correction between the two overrules the first one alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from customers.domain.customers.activity import NO_ACTIVITY, Activity, combined
from customers.domain.customers.locked import NOTHING_LOCKED, Locked
from customers.domain.customers.profile import Profile
from customers.domain.facts.account import REFUSED, Account, with_refusals
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.parts.checksums import NO_ENTRIES, together
from customers.domain.facts.parts.joins import THINGS
from customers.domain.instants import sortable_instant

MOST = 8
"""Statements kept of a field. More than two take several clocks that run ahead within a day."""
PHONE = ("phone", "verified")
"""Of these a part keeps the orders alone."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A value of a field. `order` is the order of the fact; empty for a `member_since` that nobody stated.

    `heard` is the instant by our clock, as `EventOrder.held_at`; empty for all that was heard before the part's first
    merge. `own` marks a statement of this system, which overrules all that was heard before it.
    """

    value: Any = field(repr=False)
    order: str
    heard: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """What the facts about one part add up to, as a profile has it."""

    balance_minor: int = 0
    locked: Locked = NOTHING_LOCKED
    activity: Activity = NO_ACTIVITY
    checksum: bytes = NO_ENTRIES
    """Of its entries: `checksums`."""
    loose_ends: int = 0

    @staticmethod
    def of(profile: Profile) -> Sums:
        return Sums(profile.balance_minor, profile.locked, profile.activity, profile.checksum, profile.loose_ends)

    def joined(self, other: Sums) -> Sums:
        """The sums of two parts together, apart from ends of one part that mean a grant of the other."""
        return Sums(
            self.balance_minor + other.balance_minor,
            self.locked.joined(other.locked),
            combined(self.activity, other.activity),
            together(self.checksum, other.checksum),
            self.loose_ends + other.loose_ends,
        )

    def on(self, profile: Profile) -> Profile:
        """A profile with these sums."""
        return replace(
            profile,
            balance_minor=self.balance_minor,
            locked=self.locked,
            activity=self.activity,
            checksum=self.checksum,
            loose_ends=self.loose_ends,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What was stated about one part, and what its facts add up to."""

    since: str
    """The instant of the first merge that the part took part in, sortable."""
    statements: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    """By field, sorted."""
    known_since: datetime | None = None
    """The first registration or verification. None also where a `member_since` was stated."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """The orders of the latest phone and of its verification; and `{field}.own` and `refused#{purpose}`, as the field
    versions have them.
    """
    sums: Sums = Sums()

    @staticmethod
    def of(account: Account, since: datetime) -> Part:
        """The part that a customer becomes who has never been merged before."""
        versions = account.field_versions
        member_since = account.profile.member_since
        stated = {
            thing: (Statement(getattr(account.profile, thing), versions[thing], ""),)
            for thing in THINGS
            if thing in versions
        }
        kept = {name: order for name, order in versions.items() if _is_kept(name)}
        known = None if "member_since" in stated else member_since
        return Part(sortable_instant(since), stated, known, kept, Sums.of(account.profile))

    @property
    def verified(self) -> bool:
        """Whether the phone was verified after it was corrected last."""
        return self.versions.get("verified", "") > self.versions.get("phone", "")

    @property
    def refused(self) -> dict[str, str]:
        """The purposes of consent that unmerges have refused, and until when a consent counts as refused."""
        return {name.removeprefix(REFUSED): at for name, at in self.versions.items() if name.startswith(REFUSED)}

    def with_activity(self, activity: Activity) -> Part:
        """With another activity among the sums."""
        return replace(self, sums=replace(self.sums, activity=activity))

    def stated(self, alone: Account, order: EventOrder) -> Part:
        """The part after one more fact. `alone` is what the fact makes of an empty account."""
        part, heard = self, sortable_instant(order.held_at)
        for thing in THINGS:
            if thing in alone.field_versions:
                value, own = getattr(alone.profile, thing), f"{thing}.own" in alone.field_versions
                part = part._with(thing, Statement(value, alone.field_versions[thing], heard, own))
        latest = {
            name: max(stamp, part.versions.get(name, ""))
            for name, stamp in alone.field_versions.items()
            if _is_kept(name)
        }
        refused = {name.removeprefix(REFUSED) for name in latest if name.startswith(REFUSED)}
        part = replace(part._refusing(refused), versions={**part.versions, **latest})
        return part._known(None if "member_since" in alone.field_versions else alone.profile.member_since)

    def _with(self, thing: str, said: Statement) -> Part:
        known = self.statements.get(thing, ())
        if said.own:
            # Everything that is known was heard before it.
            known = ()
        elif said.heard <= self.versions.get(f"{thing}.own", ""):
            return self
        if thing == "consent":
            said = replace(said, value=with_refusals(said.value, said.heard, self.versions))
        return self._kept(thing, said, known)

    def _kept(self, thing: str, said: Statement, known: tuple[Statement, ...] | None = None) -> Part:
        """With a statement beside those that are known, unless it gives way to one of them."""
        known = self.statements.get(thing, ()) if known is None else known
        if said.heard < self.since:
            said = replace(said, heard="", own=False)
        if any(each.order == said.order or _gives_way(said, each) for each in known):
            return self
        kept = sorted((said, *(each for each in known if not _gives_way(each, said))), key=_by_heard)
        kept = kept[: MOST // 2] + kept[MOST // 2 :][-MOST // 2 :]
        return replace(self, statements={**self.statements, thing: tuple(kept)})

    def joined_since(self, since: str) -> Part:
        """The part if its first merge was another one: what was heard before it counts by its order alone."""
        part = replace(self, since=since, statements={})
        for thing, statements in self.statements.items():
            for said in statements:
                part = part._kept(thing, said)
        return part

    def _refusing(self, purposes: Collection[str]) -> Part:
        """With these purposes of consent refused in everything that was stated so far."""
        if not purposes or "consent" not in self.statements:
            return self
        stated = (
            replace(each, value={**each.value, **dict.fromkeys(sorted(purposes), False)})
            for each in self.statements["consent"]
        )
        return replace(self, statements={**self.statements, "consent": tuple(stated)})

    def _known(self, since: datetime | None) -> Part:
        if "member_since" in self.statements:
            return replace(self, known_since=None)
        return replace(self, known_since=min(filter(None, (since, self.known_since)), default=None))


def _gives_way(one: Statement, other: Statement) -> bool:
    return not one.own and one.order < other.order and one.heard <= other.heard


def _is_kept(name: str) -> bool:
    return name in PHONE or name.endswith(".own") or name.startswith(REFUSED)


def _by_heard(statement: Statement) -> tuple[str, str]:
    return statement.heard, statement.order
