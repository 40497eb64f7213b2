"""What one customer, and one purchase or refund, adds to the figures of an enterprise.

All figures are sums, so each is right as soon as everybody's share of it is. A share is computed from what holds now;
the store notes it, and adds the difference from what it had noted before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from customers.domain.customers.badge_days import badge_days
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Thresholds
from customers.domain.facts.account import Transaction

Counts = Mapping[str, int]
"""Counter to value; one that is left out is zero."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where counters are kept: in the totals, with a day (in UTC), perhaps of a branch, or with a day of badges."""

    kind: Literal["totals", "days", "badges"]
    date: str = ""
    branch_id: str = ""

    @staticmethod
    def day(date: str, branch_id: str | None = None) -> Place:
        """What happened on a day, at one of the branches or in all of the enterprise."""
        return Place("days", date, branch_id or "")

    @staticmethod
    def badges(date: str) -> Place:
        """Whose badge changes at the midnight of a day."""
        return Place("badges", date)


TOTALS = Place("totals")
Figures = Mapping[Place, Counts]


def tally(profile: Profile, thresholds: Thresholds) -> Figures:
    """A customer's share. Money is in minor units.

    `balance_minor` is signed, so it sums up to the ledger; `spendable_minor` is what readers see of it. Who is shut off
    holds money, joined when it was, and has neither visits nor a badge. Who is erased is no customer any more and holds
    money still: totals are the same before and after.
    """
    locked = profile.locked_promo_minor
    counted = not profile.disabled and not profile.erased
    shares: dict[Place, Counts] = {
        TOTALS: {
            f"customers_{profile.state.lower()}": int(not profile.erased),
            "balance_minor": profile.balance_minor,
            "spendable_minor": profile.spendable_minor,
            "locked_minor": locked,
            "unclaimed_minor": locked if profile.state == "PENDING_PROOF" else 0,
            "visited": int(counted and profile.activity.visit_count >= 1),
            "visited_again": int(counted and profile.activity.visit_count >= 2),
        }
    }
    if profile.member_since:
        shares[Place.day(profile.member_since.date().isoformat())] = {"new_customers": 1}
    if counted:
        for day, counts in badge_days(profile.activity, thresholds).items():
            shares[Place.badges(day.isoformat())] = counts
    return {place: _without_zeros(counts) for place, counts in shares.items()}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the figures hold of a purchase or a refund."""

    amount_minor: int
    date: str
    branch_id: str | None = None

    @staticmethod
    def of(transaction: Transaction) -> Counted:
        """What they are to hold of it."""
        date = transaction.order.occurred_at.date().isoformat()
        return Counted(transaction.amount_minor, date, transaction.branch_id)


def figures(kind: str, counted: Counted | None) -> Figures:
    """The share of a purchase in its day and its branch's day; of a refund, which names no branch, in its day."""
    if counted is None:
        return {}
    if kind == "refund":
        return {Place.day(counted.date): {"refunds": 1, "refunded_minor": counted.amount_minor}}
    share = {"visits": 1, "spend_minor": counted.amount_minor}
    branch = [Place.day(counted.date, counted.branch_id)] if counted.branch_id else []
    return dict.fromkeys([Place.day(counted.date), *branch], share)


def difference(before: Counts, after: Counts) -> Counts:
    """What to add to `before` for `after`."""
    names = sorted({*before, *after})
    return _without_zeros({name: after.get(name, 0) - before.get(name, 0) for name in names})


def differences(before: Figures, after: Figures) -> Figures:
    """The same, place by place; a place to which nothing is to be added is left out."""
    added = {place: difference(before.get(place, {}), after.get(place, {})) for place in sorted({*before, *after})}
    return {place: counts for place, counts in added.items() if counts}


def total(shares: Iterable[Counts]) -> Counts:
    """Shares added up."""
    added: dict[str, int] = {}
    for share in shares:
        for name, value in share.items():
            added[name] = added.get(name, 0) + value
    return _without_zeros(added)


def together(shares: Iterable[Figures]) -> Figures:
    """The same, place by place."""
    by_place: dict[Place, list[Counts]] = {}
    for share in shares:
        for place, counts in share.items():
            by_place.setdefault(place, []).append(counts)
    return {place: added for place, counts in by_place.items() if (added := total(counts))}


def _without_zeros(counts: Counts) -> Counts:
    return {name: value for name, value in counts.items() if value}
