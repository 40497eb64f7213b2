"""States: name, preferences, consent, verification and so on of one customer, from facts and from our own statements.

A statement of our own wins over everything that was stated before it committed. After it, the later `occurred_at` wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.model import imports
from tests.model.holding import ALWAYS, Part, People
from tests.model.money import Facts
from tests.model.steps import Act, Correction, Fact, Merge, Unmerge, Verification

Order = tuple[datetime, str]
OURS = "~"
"""After every fact id, so that our own statement is the later one of two of one instant."""


@dataclass(frozen=True)
class State:
    """What is known of a customer, each field with the order of the statement that holds."""

    name: tuple[Order, str | None] = ((ALWAYS, ""), None)
    stated_since: tuple[Order, datetime | None] = ((ALWAYS, ""), None)
    known_since: datetime | None = None
    """The first registration or verification."""
    verified: bool = False
    ever_verified: bool = False
    disabled: tuple[Order, bool] = ((ALWAYS, ""), False)
    preferences: tuple[Order, dict[str, Any]] = ((ALWAYS, ""), {})
    consent: tuple[Order, dict[str, bool]] = field(default=((ALWAYS, ""), {}))

    @property
    def member_since(self) -> datetime | None:
        return self.stated_since[1] or self.known_since


def state(whole: Part, facts: Facts, acts: Sequence[Act], people: People, until: datetime | None = None) -> State:
    """A customer's state now, or when they were absorbed."""
    found, own = State(), [each for each in acts if until is None or each.at < until]
    parts, since = [whole], ALWAYS
    for act in own:
        if whole not in _about(act, people):
            continue
        found = _told(found, _between(facts, parts, since, act.at))
        since = act.at
        found = _done(found, act, [each for each in parts if people.whole(each, act.at) == whole])
        if isinstance(act, Merge):
            absorbed = next(each for each, (_, at) in people.absorbed.items() if at == act.at)
            found = _combined(found, state(absorbed, facts, acts, people, act.at), act.at)
            parts += [each for each in facts if people.whole(each, act.at) == whole and each not in parts]
    return _told(found, _between(facts, parts, since, until))


def _about(act: Act, people: People) -> set[Part]:
    """The customers whose state an act may change."""
    if isinstance(act, Unmerge):
        return {people.whole(each.part, act.at) for each in act.kept}
    # A merge that was undone counts as if it had never been.
    was_undone = isinstance(act, Merge) and act.at not in {at for _, at in people.absorbed.values()}
    return set() if was_undone else {people.meant[act.at]}


def _between(facts: Facts, parts: Sequence[Part], start: datetime, end: datetime | None) -> list[tuple[Fact, bool]]:
    """The facts of an interval, each with whether it is about the survivor's own part."""
    told = [(fact, part == parts[0]) for part in parts for fact in facts.get(part, ())]
    return [each for each in told if start <= each[0].held_at and (end is None or each[0].held_at < end)]


def _told(found: State, facts: Iterable[tuple[Fact, bool]]) -> State:
    for fact, own in sorted(facts, key=lambda each: each[0].order):
        # The phone is that of the survivor's own part: the proof of an absorbed phone proves another one.
        found = replace(_one(found, fact), verified=_one(found, fact).verified if own else found.verified)
    return found


def _one(found: State, fact: Fact) -> State:
    order = fact.order
    match fact.kind:
        case "customer.registered":
            found = _since(found, fact.occurred_at)
            if order > found.name[0]:
                found = replace(found, name=(order, fact.fields["name"]))
            if "member_since" in fact.fields and order > found.stated_since[0]:
                found = replace(found, stated_since=(order, fact.fields["member_since"]))
        case imports.NAMED if order > found.name[0]:
            found = replace(found, name=(order, fact.fields["name"]))
        case imports.SINCE if order > found.stated_since[0]:
            found = replace(found, stated_since=(order, fact.fields["member_since"]))
        case "customer.verified":
            found = replace(_since(found, fact.occurred_at), verified=True, ever_verified=True)
        case "customer.disabled" | "customer.enabled" if order > found.disabled[0]:
            found = replace(found, disabled=(order, fact.kind == "customer.disabled"))
        case "preferences.updated" if order > found.preferences[0]:
            found = replace(found, preferences=(order, dict(fact.fields["preferences"])))
        case "consent.updated" if order > found.consent[0]:
            found = replace(found, consent=(order, dict(fact.fields["consent"])))
        case _:
            pass
    return found


def _since(found: State, at: datetime) -> State:
    return replace(found, known_since=min(found.known_since or at, at))


def _done(found: State, act: Act, parts: Sequence[Part]) -> State:
    """`parts` are those of the customer by then."""
    order = act.at, OURS
    match act:
        case Unmerge():
            for kept in act.kept:
                if kept.part in parts:
                    refused = dict.fromkeys(kept.refused, False)
                    found = replace(found, consent=(found.consent[0], {**found.consent[1], **refused}))
                    found = replace(found, disabled=(order, True)) if kept.disabled else found
        case Correction():
            if act.new_name:
                found = replace(found, name=(order, act.new_name))
            if act.new_phone and act.new_phone != act.phone:
                found = replace(found, verified=False)
        case Verification():
            found = replace(_since(found, act.at), verified=True, ever_verified=True)
        case _:
            pass
    return found


def _combined(survivor: State, absorbed: State, at: datetime) -> State:
    """The later name and preferences, the earlier member since, the stricter consent; the survivor's verification."""
    order = at, OURS
    name = max(survivor.name, absorbed.name, key=lambda each: each[0])
    preferences = max(survivor.preferences, absorbed.preferences, key=lambda each: each[0])
    stated = [each for each in (survivor.stated_since[1], absorbed.stated_since[1]) if each]
    known = [each for each in (survivor.known_since, absorbed.known_since) if each]
    consent = {
        purpose: survivor.consent[1].get(purpose, True) and absorbed.consent[1].get(purpose, True)
        for purpose in {**survivor.consent[1], **absorbed.consent[1]}
    }
    return replace(
        survivor,
        name=(order, name[1]) if name[1] is not None else name,
        preferences=(order, preferences[1]) if preferences[1] else preferences,
        stated_since=(order, min(stated)) if stated else survivor.stated_since,
        known_since=min(known, default=None),
        ever_verified=survivor.ever_verified or absorbed.ever_verified,
        disabled=(order, survivor.disabled[1] or absorbed.disabled[1]),
        consent=(order, consent),
    )
