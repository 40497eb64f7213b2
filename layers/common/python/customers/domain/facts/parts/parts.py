"""What a merged customer states as a whole, from what was stated about each part.

The whole is the replay of the statements of all parts and of the merges, in the order in which they were heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import HEARD, LINKS, Account
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerPayload, PromoClosed, PromoGranted
from customers.domain.facts.fact_type import Fold
from customers.domain.facts.fact_types import FOLDS, STATE_FOLDS
from customers.domain.facts.imported import Imported
from customers.domain.facts.parts.joins import THINGS, Holding, joined, nothing_stated
from customers.domain.facts.parts.part import PHONE, Part, Statement, Sums
from customers.domain.instants import sortable_instant


@dataclass(frozen=True, slots=True)
class Merging:
    """One customer absorbed another."""

    at: datetime
    survivor_id: str
    absorbed_id: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one customer, by customer id, and the merges that made one customer of them.

    For facts that only add, the parts that they name are enough.
    """

    parts: Mapping[str, Part] = field(repr=False)
    merges: Sequence[Merging]

    @staticmethod
    def empty(merges: Sequence[Merging]) -> Parts:
        """The parts of some merges, of which nothing is known yet."""
        first: dict[str, str] = {}
        for merge in sorted(merges, key=_by_instant):
            for customer_id in (merge.survivor_id, merge.absorbed_id):
                first.setdefault(customer_id, sortable_instant(merge.at))
        return Parts({each: Part(since) for each, since in first.items()}, sorted(merges, key=_by_instant))

    def heard(self, account: Account, payload: CustomerPayload, order: EventOrder, part_id: str) -> Account:
        """The account after one more statement about a part; its states stay as they are: `whole` says them."""
        assert account.parts  # noqa: S101 - the caller has checked it
        blank = Account(Profile(part_id, account.profile.phone, account.profile.currency))
        fold = STATE_FOLDS.get(type(payload)) or FOLDS[type(payload)]
        alone = fold(blank, payload, order, "")
        part = self.parts[part_id].stated(alone, order)
        latest = max(account.field_versions.get(HEARD, ""), alone.field_versions.get(HEARD, ""))
        account = replace(
            account,
            parts=replace(self, parts={**self.parts, part_id: part}),
            field_versions={**account.field_versions, **({HEARD: latest} if latest else {})},
        )
        if part_id == account.profile.customer_id and "phone" in alone.field_versions:
            return account.with_profile(phone=alone.profile.phone)
        return account

    def added(self, account: Account, fold: Fold, payload: CustomerPayload, order: EventOrder, scope: str) -> Parts:
        """The parts after one more fact that adds something. `account` is the whole before it."""
        part_id = scope or account.profile.customer_id
        part = self.parts[part_id]
        alone = replace(account, profile=part.sums.on(account.profile))
        if isinstance(payload, PromoGranted | PromoClosed | Imported):
            # A part by itself has nothing to do with the grants of the others, nor with their ends.
            grants = {key: each for key, each in account.grants.items() if each.scope == scope}
            loose_ends = {key: each for key, each in account.loose_ends.items() if each.scope == scope}
            alone = replace(alone, grants=grants, loose_ends=loose_ends)
        alone = fold(alone, payload, order, scope)
        return replace(self, parts={**self.parts, part_id: replace(part, sums=Sums.of(alone.profile))})

    def whole(self, account: Account) -> Account:
        """The account with the states that all parts make."""
        own = self.parts[account.profile.customer_id]
        holds = {thing: self._holding(thing) for thing in THINGS}
        versions = {thing: order for thing, order in account.field_versions.items() if _is_of_the_whole(thing)}
        versions |= {thing: each.order for thing, each in holds.items() if each.order}
        # Without a merge it is a customer like any other one, whose field versions have everything.
        versions |= {thing: order for thing, order in own.versions.items() if thing in PHONE or not self.merges}
        account = replace(account, field_versions=versions)
        return account.with_profile(verified=own.verified, **{thing: each.value for thing, each in holds.items()})

    def _holding(self, thing: str) -> Holding:
        holds = dict.fromkeys(self.parts, nothing_stated(thing))
        leads_to: dict[str, str] = {}
        for _, event in sorted(self._events(thing), key=lambda each: each[0]):
            if isinstance(event, Merging):
                whose, theirs = event.survivor_id, holds.pop(event.absorbed_id)
                holds[whose] = joined(thing, holds[whose], theirs, event.at)
                leads_to[event.absorbed_id] = whose
                continue
            customer_id, said = event
            whose = _root(customer_id, leads_to)
            holds[whose] = _refused(holds[whose], said) if isinstance(said, str) else _after(holds[whose], said)
        (left,) = holds.values()
        return left

    def _events(self, thing: str) -> Iterator[tuple[tuple[str, bool, str], Merging | tuple[str, Statement | str]]]:
        """With what they are sorted by. Of one instant the facts come first. A text is a purpose that is refused."""
        for merge in self.merges:
            yield (sortable_instant(merge.at), True, merge.absorbed_id), merge
        for customer_id, part in self.parts.items():
            for said in part.statements.get(thing, ()):
                yield (said.heard, said.own, said.order), (customer_id, said)
            if thing == "member_since" and part.known_since:
                yield ("", False, ""), (customer_id, Statement(part.known_since, "", ""))
            if thing == "consent":
                for purpose, at in part.refused.items():
                    # What was stated before the first merge has had its refusals.
                    yield (("", False, "") if at < part.since else (at, True, "")), (customer_id, purpose)


def parts_after(survivor: Account, absorbed: Account, at: datetime) -> Parts:
    """The parts of both, after a merge. A customer who was never merged before becomes a part by it."""
    known: dict[str, Part] = {}
    merges = [Merging(at, survivor.profile.customer_id, absorbed.profile.customer_id)]
    for account in (survivor, absorbed):
        if account.parts:
            known |= account.parts.parts
            merges += account.parts.merges
        else:
            known[account.profile.customer_id] = Part.of(account, at)
    return Parts(known, sorted(merges, key=_by_instant))


def _refused(before: Holding, purpose: str) -> Holding:
    return Holding({**before.value, purpose: False}, before.order)


def _after(before: Holding, said: Statement) -> Holding:
    # What nobody stated comes first, and has no order.
    return Holding(said.value, said.order) if said.own or said.order >= before.order else before


def _is_of_the_whole(thing: str) -> bool:
    return thing == HEARD or thing.startswith(LINKS)


def _by_instant(merge: Merging) -> tuple[datetime, str]:
    return merge.at, merge.absorbed_id


def _root(customer_id: str, leads_to: Mapping[str, str]) -> str:
    while customer_id in leads_to:
        customer_id = leads_to[customer_id]
    return customer_id
