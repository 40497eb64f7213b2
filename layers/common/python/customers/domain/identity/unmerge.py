"""Unmerging: a part of a merged customer becomes a customer of its own again, with all that it had absorbed itself.

Both are computed from what is known of each part, so that no ledger is read. They end as two customers who never met,
but for one thing: what was refused or disabled while they were one stays so for both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from customers.domain.customers.profile import Profile
from customers.domain.enterprise import UnmergePolicy
from customers.domain.facts.account import Account, shown_provider_ids
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import LedgerEntry
from customers.domain.facts.grants.matching import settled, with_changed
from customers.domain.facts.parts.part import Part, Statement, Sums
from customers.domain.facts.parts.parts import Merging, Parts
from customers.domain.facts.parts.unmerged import Unmerged
from customers.domain.identifiers.provider_holdings import ProviderHoldings
from customers.domain.identity.merge import Absorbed, last_left
from customers.domain.identity.parted import Parted
from customers.domain.instants import sortable_instant
from customers.domain.refusals import ValidationError

PHONE_IS_GONE = "the phone of this customer is another's by now, or was given up: they cannot get it back"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two customers: the account afterwards, and its entry."""

    account: Account
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class Separation:
    """What an unmerge makes of a merged customer: the survivor without the part, and the part."""

    rest: Side
    freed: Side
    leaving: tuple[str, ...]
    """The ids that go with the part: its own first, then those of all whom it had absorbed."""
    holdings: Mapping[str, ProviderHoldings] = field(default_factory=dict, repr=False)
    """By provider id who held it, where that is another one than before: an unlink of one takes back no link of the
    other any more.
    """

    @property
    def would_owe_minor(self) -> int:
        """How much the two would owe, each by itself."""
        balances = (each.account.profile.balance_minor for each in (self.rest, self.freed))
        return sum(-balance for balance in balances if balance < 0)

    def blockers(self, policy: UnmergePolicy, *, has_phone: bool) -> list[str]:
        """Why the part cannot be set free now, and what to do; empty if it can."""
        reasons = {PHONE_IS_GONE: not has_phone, self._debt: self._owes(policy)}
        return [reason for reason, holds in reasons.items() if holds]

    def require_possible(self, policy: UnmergePolicy, *, has_phone: bool) -> None:
        """Raises `ValidationError` with what blocks it."""
        if not has_phone:
            raise ValidationError("absorbed_customer_id", PHONE_IS_GONE)
        if self._owes(policy):
            raise ValidationError("would_owe_minor", self._debt)

    @property
    def _debt(self) -> str:
        return f"{self.would_owe_minor} in minor units would be owed by one of the two: settle that first"

    def _owes(self, policy: UnmergePolicy) -> bool:
        return self.would_owe_minor > 0 and policy != "owe"


def leaving(whole: Account, absorbed_id: str) -> tuple[str, ...]:
    """The ids that leave with a part. Raises `ValidationError` if it is no absorbed part of this customer."""
    merges = whole.parts.merges if whole.parts else ()
    if absorbed_id not in {each.absorbed_id for each in merges}:
        raise ValidationError("absorbed_customer_id", "is not merged into the customer in the path")
    ids = [absorbed_id]
    # The latest first: who absorbed somebody was absorbed later.
    for each in sorted(merges, key=lambda merge: merge.at, reverse=True):
        if each.survivor_id in ids:
            ids.append(each.absorbed_id)
    return tuple(ids)


def separate(whole: Account, freed: Absorbed, holdings: Mapping[str, ProviderHoldings], at: EventOrder) -> Separation:
    """Both customers afterwards. `holdings` are those of the `linked_ids` of the whole.

    Of grants with loose ends, the whole has all (`Account`).
    """
    assert whole.parts  # noqa: S101 - `leaving` has found the part
    ids = leaving(whole, freed.customer_id)
    absorbed_by = next(each.survivor_id for each in whole.parts.merges if each.absorbed_id == freed.customer_id)
    left = [each for each in whole.parts.parts if each not in ids]
    survivor = replace(whole.profile, left=last_left((*whole.profile.left, *ids)))
    blank = Profile(
        freed.customer_id,
        freed.phone,
        survivor.currency,
        version=max(freed.version, survivor.version),
        held_since=freed.held_since,
        left=whole.profile.left,
    )
    parted = Parted.of(whole, freed.customer_id, holdings)
    mine, theirs = parted.links_of(left), parted.links_of(ids)
    return Separation(
        _side(_alone(whole, survivor, left, mine), left, ids, absorbed_by, freed.customer_id, at),
        _side(_alone(whole, blank, ids, theirs), ids, left, freed.customer_id, freed.customer_id, at),
        ids,
        {each: held for each, held in parted.holdings.items() if held is not holdings[each]},
    )


def _alone(whole: Account, profile: Profile, ids: Collection[str], held: Mapping[str, str]) -> Account:
    """The parts with these ids, as far as the whole has them: with their own grants and their own ends of grants."""
    root = whole.profile.customer_id
    grants = {key: each for key, each in whole.grants.items() if (each.scope or root) in ids}
    loose_ends = {key: each for key, each in whole.loose_ends.items() if (each.scope or root) in ids}
    return Account(profile, held, grants, loose_ends=loose_ends, parts=whole.parts)


def _side(
    before: Account, ids: Sequence[str], others: Collection[str], keeps: str, freed_id: str, at: EventOrder
) -> Side:
    """The customer who has the parts with these ids. The part `keeps` keeps what the others refused meanwhile."""
    assert before.parts  # noqa: S101 - the caller gives all parts
    customer_id = before.profile.customer_id
    payload = _kept(before.parts, keeps, others, freed_id)
    parts = _without(before.parts, ids, freed_id)
    sums = reduce(Sums.joined, (each.sums for each in parts.parts.values()))
    profile = with_changed(
        sums.on(before.profile), before.grants, settled(before.grants.values(), before.loose_ends.values())
    )
    profile = replace(profile, version=profile.version + 1, absorbed=len(parts.merges))
    account = parts.heard(replace(before, profile=profile, parts=parts), payload, at, keeps)
    assert account.parts  # noqa: S101 - `heard` keeps them
    account = account.parts.whole(account)
    account = account.with_profile(provider_ids=shown_provider_ids(account.field_versions))
    entry = LedgerEntry(at, "customer.unmerged", payload, "" if keeps == customer_id else keeps)
    return Side(account if parts.merges else replace(account, parts=None), entry)


def _without(parts: Parts, ids: Sequence[str], freed_id: str) -> Parts:
    """The parts with these ids, with the merges among them. The merge that is undone was the first one of some."""
    merges = [each for each in parts.merges if each.absorbed_id in ids and each.absorbed_id != freed_id]
    since = {each: part.since for each, part in Parts.empty(merges).parts.items()}
    kept = {each: parts.parts[each] for each in ids}
    return Parts(
        {
            each: part.joined_since(since[each]) if since.get(each, part.since) != part.since else part
            for each, part in kept.items()
        },
        merges,
    )


def _kept(parts: Parts, keeps: str, others: Collection[str], freed_id: str) -> Unmerged:
    """What the other customer's parts refused since the part `keeps` has been one with them."""
    refused, disabled = set[str](), False
    for other in others:
        part, since = parts.parts[other], _one_since(keeps, other, parts.merges)
        consents = [each.value for each in _standing(part, "consent") if each.heard >= since]
        refused |= {purpose for each in consents for purpose, given in each.items() if given is False}
        refused |= {purpose for purpose, until in part.refused.items() if until >= since}
        disabled |= any(each.value and each.heard >= since for each in _standing(part, "disabled"))
    return Unmerged(freed_id, tuple(sorted(refused)) or None, disabled or None)


def _standing(part: Part, thing: str) -> list[Statement]:
    """What a part states that it has not taken back: by a statement that is later and was heard later."""
    known = part.statements.get(thing, ())
    return [each for each in known if not any(other.order > each.order and other.heard > each.heard for other in known)]


def _one_since(one: str, other: str, merges: Sequence[Merging]) -> str:
    """When two parts became one customer."""
    roots = {one: one, other: other}
    leads_to: dict[str, str] = {}
    for each in sorted(merges, key=lambda merge: (merge.at, merge.absorbed_id)):
        leads_to[each.absorbed_id] = each.survivor_id
        for part, root in roots.items():
            while root in leads_to:
                root = leads_to[root]
            roots[part] = root
        if roots[one] == roots[other]:
            return sortable_instant(each.at)
    raise AssertionError("both are parts of one customer")
