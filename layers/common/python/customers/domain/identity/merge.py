"""Merging two records of one person: their accounts are combined, and nothing counts twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from customers.domain.customers.activity import combined
from customers.domain.customers.profile import Profile
from customers.domain.facts.account import HEARD, MAX_PROVIDER_IDS, Account, links_in, shown_provider_ids
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.grants.matching import settled, with_changed
from customers.domain.facts.parts.checksums import together
from customers.domain.facts.parts.joins import THINGS, holding_of, joined
from customers.domain.facts.parts.parts import parts_after
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import sortable_instant
from customers.domain.refusals import ValidationError

MOST_BROUGHT = 10
"""The most customers whom an absorbed customer may have absorbed before: three items of the transaction for each."""
MOST_LEFT = 50
"""Customers who were set free: at least the last four times, for each takes at most eleven with it.

Nobody reads the row at a phone, and the copy to which it leads, with so many of them in between.
"""


@dataclass(frozen=True, slots=True)
class Absorbed:
    """A customer that was merged into another."""

    customer_id: str
    phone: Phone
    merged_at: datetime
    held_since: datetime | None = None
    """Since when the phone was the absorbed customer's, if it was another's before."""
    version: int = 0
    """That of the absorbed customer's row. A customer who is set free again continues from it."""
    phone_taken: bool = False
    """Whether somebody had taken the phone, when this customer's survivor was set free from another one."""


def combine(survivor: Account, absorbed: Account, at: EventOrder) -> Account:
    """The survivor's account after the merge. Of grants with loose ends, both accounts have all (`Account`).

    Sums add up. The later name and preferences hold, the earlier `member_since`, and the stricter consent. If one was
    disabled, the survivor is. Phone and verification are the survivor's own.
    """
    mine, theirs = survivor.profile, absorbed.profile
    states = {
        thing: joined(thing, holding_of(thing, survivor), holding_of(thing, absorbed), at.occurred_at)
        for thing in THINGS
    }
    profile = replace(
        mine,
        version=mine.version + 1,
        **{thing: each.value for thing, each in states.items()},
        balance_minor=mine.balance_minor + theirs.balance_minor,
        locked=mine.locked.joined(theirs.locked),
        activity=combined(mine.activity, theirs.activity),
        absorbed=mine.absorbed + 1 + theirs.absorbed,
        loose_ends=mine.loose_ends + theirs.loose_ends,
        checksum=together(mine.checksum, theirs.checksum),
    )
    # After every statement that has been heard: `next_order`.
    field_versions = {
        **links_in(absorbed.field_versions),
        **links_in(survivor.field_versions),
        **{thing: each.order for thing, each in states.items() if each.order},
        **{thing: order for thing, order in survivor.field_versions.items() if thing in ("phone", "verified")},
        HEARD: sortable_instant(at.occurred_at),
    }
    scope = theirs.customer_id
    grants = {**survivor.grants, **_keyed(absorbed.grants.values(), scope)}
    loose_ends = {**survivor.loose_ends, **_keyed(absorbed.loose_ends.values(), scope)}
    apart = {
        **settled(survivor.grants.values(), survivor.loose_ends.values()),
        **_keyed(settled(absorbed.grants.values(), absorbed.loose_ends.values()).values(), scope),
    }
    profile = with_changed(profile, apart, settled(grants.values(), loose_ends.values()))
    parts = parts_after(survivor, absorbed, at.occurred_at)
    left = last_left(each for each in (*theirs.left, *mine.left) if each not in parts.parts)
    return Account(
        replace(profile, provider_ids=shown_provider_ids(field_versions), left=left),
        field_versions=field_versions,
        grants=grants,
        loose_ends=loose_ends,
        transactions={**survivor.transactions, **_keyed(absorbed.transactions.values(), scope)},
        imports={**survivor.imports, **_keyed(absorbed.imports.values(), scope)},
        holdings=survivor.holdings,
        parts=parts,
    )


def last_left(ids: Iterable[str]) -> tuple[str, ...]:
    """Of the customers who were set free those whom a row keeps."""
    return tuple(dict.fromkeys(ids))[-MOST_LEFT:]


def blockers(survivor: Profile, absorbed: Profile) -> list[str]:
    """Why the two cannot be merged now, and what to do; empty if they can."""
    linked = {*survivor.provider_ids, *absorbed.provider_ids}
    reasons = {
        "the two customers have different currencies": survivor.currency != absorbed.currency,
        "one of the two is disabled; enable it first": survivor.disabled or absorbed.disabled,
        "the survivor's phone is not verified and the other's is; merge the other way round": absorbed.verified
        and not survivor.verified,
        f"the other has absorbed more than {MOST_BROUGHT} customers; merge the other way round": absorbed.absorbed
        > MOST_BROUGHT,
        f"together they have more than {MAX_PROVIDER_IDS} provider ids": len(linked) > MAX_PROVIDER_IDS,
    }
    return [reason for reason, holds in reasons.items() if holds]


def require_two(survivor: Profile, absorbed: Profile) -> None:
    """Raises `ValidationError` if both ids resolve to one customer."""
    if survivor.customer_id == absorbed.customer_id:
        raise ValidationError("absorbed_customer_id", "resolves to the same customer as the path")


def require_mergeable(reasons: Sequence[str]) -> None:
    """Raises `ValidationError` with what blocks the merge."""
    if reasons:
        raise ValidationError("absorbed_customer_id", "; ".join(reasons))


def _keyed(of_absorbed: Iterable[Any], scope: str) -> dict[str, Any]:
    """Grants, transactions or imports of an absorbed customer, with its id as scope unless they have one."""
    scoped = (replace(each, scope=each.scope or scope) for each in of_absorbed)
    return {each.key: each for each in scoped}
