"""Merging two records of one person: their accounts are combined, and nothing counts twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customers.domain.customers.activity import combined
from customers.domain.customers.profile import Flat, Profile
from customers.domain.facts.account import HEARD, MAX_PROVIDER_IDS, Account, shown_provider_ids
from customers.domain.facts.event_order import EventOrder
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant
from customers.domain.refusals import InProgress, ValidationError


@dataclass(frozen=True, slots=True)
class Absorbed:
    """A customer that was merged into another, and whether the history has been migrated."""

    customer_id: str
    phone: Phone
    merged_at: datetime
    migrated: bool = False
    held_since: datetime | None = None
    """Since when the phone was the absorbed customer's, if it was another's before."""


def combine(survivor: Account, absorbed: Account, at: EventOrder) -> Account:
    """The survivor's account after the merge.

    Sums add up. The later name and preferences hold, the earlier `member_since`, and the stricter consent. If one was
    disabled, the survivor is. Phone and verification are the survivor's own.
    """
    mine, theirs = survivor.profile, absorbed.profile
    profile = replace(
        mine,
        version=mine.version + 1,
        name=_later("name", survivor, absorbed).name or mine.name or theirs.name,
        preferences=_later("preferences", survivor, absorbed).preferences,
        consent=stricter(_later("consent", survivor, absorbed).consent, mine.consent, theirs.consent),
        member_since=_earliest(mine.member_since, theirs.member_since),
        disabled=mine.disabled or theirs.disabled,
        balance_minor=mine.balance_minor + theirs.balance_minor,
        locked=mine.locked.joined(theirs.locked),
        activity=combined(mine.activity, theirs.activity),
        absorbed=mine.absorbed + 1 + theirs.absorbed,
    )
    shared = {
        thing: _latest(thing, survivor.field_versions, absorbed.field_versions)
        for thing in {*survivor.field_versions, *absorbed.field_versions}
    }
    own = {thing: survivor.field_versions.get(thing) for thing in ("phone", "verified")}
    heard = max(shared.get(HEARD) or "", sortable_instant(at.held_at))
    everything = {**shared, **own, "merged": str(at), HEARD: heard}
    field_versions = {thing: order for thing, order in sorted(everything.items()) if order}
    scope = theirs.customer_id
    return Account(
        replace(profile, provider_ids=shown_provider_ids(field_versions)),
        field_versions=field_versions,
        grants={**survivor.grants, **_keyed(absorbed.grants.values(), scope)},
        transactions={**survivor.transactions, **_keyed(absorbed.transactions.values(), scope)},
        imports={**survivor.imports, **_keyed(absorbed.imports.values(), scope)},
        holdings=survivor.holdings,
    )


def blockers(survivor: Profile, absorbed: Profile) -> list[str]:
    """Why the two cannot be merged now, and what to do; empty if they can."""
    linked = {*survivor.provider_ids, *absorbed.provider_ids}
    reasons = {
        "the two customers have different currencies": survivor.currency != absorbed.currency,
        "one of the two is disabled; enable it first": survivor.disabled or absorbed.disabled,
        "the survivor's phone is not verified and the other's is; merge the other way round": absorbed.verified
        and not survivor.verified,
        f"together they have more than {MAX_PROVIDER_IDS} provider ids": len(linked) > MAX_PROVIDER_IDS,
    }
    return [reason for reason, holds in reasons.items() if holds]


def require_two(survivor: Profile, absorbed: Profile) -> None:
    """Raises `ValidationError` if both ids resolve to one customer."""
    if survivor.customer_id == absorbed.customer_id:
        raise ValidationError("absorbed_customer_id", "resolves to the same customer as the path")


def require_mergeable(reasons: Sequence[str], absorbed: Profile) -> None:
    """Raises `ValidationError` with what blocks the merge, `InProgress` while an earlier merge is being migrated."""
    if reasons:
        raise ValidationError("absorbed_customer_id", "; ".join(reasons))
    if absorbed.pending_migrations:
        raise InProgress("absorbed_customer_id", "was merged a moment ago; send the request again")


def stricter(latest: Flat, *statements: Flat) -> Flat:
    """Of what was consented to, what nobody has refused: false, empty or null stands over any other value."""
    merged: dict[str, Any] = {}
    for statement in (*statements, latest):
        for thing, value in statement.items():
            refused = thing in merged and not merged[thing]
            merged[thing] = merged[thing] if refused else value
    return merged


def _later(thing: str, survivor: Account, absorbed: Account) -> Profile:
    """Whose statement is the later one; the survivor's, where neither has made any."""
    theirs = absorbed.field_versions.get(thing, "") > survivor.field_versions.get(thing, "")
    return (absorbed if theirs else survivor).profile


def _latest(thing: str, *field_versions: Mapping[str, str]) -> str:
    return max(each.get(thing, "") for each in field_versions)


def _earliest(*instants: datetime | None) -> datetime | None:
    return min(filter(None, instants), default=None)


def _keyed(of_absorbed: Iterable[Any], scope: str) -> dict[str, Any]:
    """Grants, transactions or imports of an absorbed customer, with its id as scope unless they have one."""
    scoped = (replace(each, scope=each.scope or scope) for each in of_absorbed)
    return {each.key: each for each in scoped}
