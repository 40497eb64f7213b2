"""What an unmerge makes of a merged customer: who goes with whom, and what both keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.model import money
from tests.model.holding import Part
from tests.model.steps import Fact, Kept, Unmerge
from tests.model.world import World


def unmerging(world: World, act: Unmerge) -> tuple[int | None, Unmerge]:
    """The status that the contract asks for, None where there is nothing to ask; and the act as it commits."""
    people = world.people
    freed = people.holder(act.phone, act.at)
    if freed not in people.absorbed:
        return None, act
    whole = people.whole(freed)
    theirs = [each for each in people.parts(whole) if _is_of(world, each, freed)]
    mine = [each for each in people.parts(whole) if each not in theirs]
    if _moves_a_fact(world, act):
        return None, act
    sides = [{part: world.facts.get(part, []) for part in side} for side in (mine, theirs)]
    if any(money.balance(each) < 0 for each in sides):
        return 400, act
    by = people.absorbed[freed][0]
    return 200, replace(act, kept=(_kept(world, by, theirs), _kept(world, freed, mine)))


def _is_of(world: World, part: Part, freed: Part) -> bool:
    """Whether a part was absorbed by the one that is set free, perhaps by way of others."""
    while part != freed and part in world.people.absorbed:
        part = world.people.absorbed[part][0]
    return part == freed


def _moves_a_fact(world: World, act: Unmerge) -> bool:
    """Whether a fact that named a provider id would be somebody else's now. It stays where it is (docs/limits.md)."""
    before, after = world.named, World([*world.steps, act]).named
    return any(part != after.get(fact_id) for fact_id, part in before.items())


def _kept(world: World, part: Part, others: Sequence[Part]) -> Kept:
    """What the others refused since the part has been one with them, if they did not take it back themselves."""
    refused, disabled = set[str](), False
    for other in others:
        since = world.people.one_since(part, other)
        told = [each for each in world.facts.get(other, []) if each.held_at >= since]
        for fact in _standing(told, "consent.updated"):
            refused |= {purpose for purpose, given in fact.fields["consent"].items() if not given}
        changed = _standing(told, "customer.disabled", "customer.enabled")
        disabled |= any(each.kind == "customer.disabled" for each in changed)
        for act in world.acts:
            for kept in act.kept if isinstance(act, Unmerge) else ():
                if kept.part == other and act.at >= since:
                    refused |= kept.refused
                    disabled |= kept.disabled and not any(each.held_at > act.at for each in changed)
    return Kept(part, frozenset(refused), disabled)


def _standing(told: Sequence[Fact], *kinds: str) -> list[Fact]:
    """Without those that gave way to a later one that was also heard later."""
    known = [each for each in told if each.kind in kinds]
    return [
        each for each in known if not any(other.order > each.order and other.held_at >= each.held_at for other in known)
    ]
