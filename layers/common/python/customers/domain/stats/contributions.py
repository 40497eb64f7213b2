"""What one customer, and one purchase or refund, contributes to the totals of an enterprise.

All totals are sums. A contribution is computed from the present state. The store remembers it, and adds the difference
from the contribution that it remembered before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from customers.domain.customers.badge_days import badge_days
from customers.domain.customers.locked import NOTHING_LOCKED, Locked
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import DEFAULT_ZONE
from customers.domain.facts.account import Transaction
from customers.domain.stats.active_days import active_days
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.time_zones import local_date

Counts = Mapping[str, int]
"""Counter to value. A missing counter is zero."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where counters are kept: in the totals, in a day (perhaps of a branch), in a badge day, in a day of active
    customers, or in a day (UTC) and an instant at which locked money ends.
    """

    kind: Literal["totals", "days", "badges", "active", "locked", "locked_at"]
    date: str = ""
    branch_id: str = ""

    @staticmethod
    def day(date: str, branch_id: str | None = None) -> Place:
        """What happened on a day, at one branch or in the whole enterprise."""
        return Place("days", date, branch_id or "")

    @staticmethod
    def badges(date: str) -> Place:
        """The customers whose badge changes at the midnight of a day."""
        return Place("badges", date)

    @staticmethod
    def active(date: str) -> Place:
        """The customers who visited on a day."""
        return Place("active", date)

    @staticmethod
    def locked(date: str) -> Place:
        """Money that is locked until a time on this day (UTC)."""
        return Place("locked", date)

    @staticmethod
    def locked_at(instant: str) -> Place:
        """Money that is locked until an instant, to the second; its day has it too."""
        return Place("locked_at", instant)


TOTALS = Place("totals")
Contributions = Mapping[Place, Counts]


def contributions_of(profile: Profile, rules: CountingRules, now: datetime) -> Contributions:
    """The contributions of a customer. Money is in minor units.

    `balance_minor` is signed and adds up to the ledger; `spendable_minor` is what readers see. A disabled customer has
    money, a joining day and active days here, but no badge. An erased customer is no longer counted as a customer, but
    the money and the days are: an erasure does not change them. After a hard delete the locked money is
    `forfeited_minor`.
    """
    locked = NOTHING_LOCKED if profile.forfeited_minor else profile.locked
    counted = not profile.disabled and not profile.erased
    contributions: dict[Place, Counts] = {
        TOTALS: {
            f"customers_{profile.state.lower()}": int(not profile.erased),
            "balance_minor": profile.balance_minor,
            "spendable_minor": profile.spendable_minor,
            **_locked(profile, locked.for_good),
            "forfeited_minor": profile.forfeited_minor,
            "visited": int(counted and profile.activity.visit_count >= 1),
            "visited_again": int(counted and profile.activity.visit_count >= 2),
        }
    }
    for place, amount in _ends(locked):
        counts = contributions.get(place, {})
        contributions[place] = total([counts, _locked(profile, amount)])
    if profile.member_since:
        contributions[Place.day(local_date(profile.member_since, rules.time_zone).isoformat())] = {"new_customers": 1}
    for day in active_days(profile.activity.recent, rules.time_zone, now):
        contributions[Place.active(day.isoformat())] = {"active_customers": 1}
    if counted:
        for day, counts in badge_days(profile.activity, rules.badge, rules.time_zone).items():
            contributions[Place.badges(day.isoformat())] = counts
    return {place: _without_zeros(counts) for place, counts in contributions.items()}


def _locked(profile: Profile, amount: int) -> Counts:
    return {"locked_minor": amount, "unclaimed_minor": amount if profile.state == "PENDING_PROOF" else 0}


def _ends(locked: Locked) -> Iterator[tuple[Place, int]]:
    for second, amount in locked.exact:
        instant = datetime.fromtimestamp(second, UTC)
        yield Place.locked(instant.date().isoformat()), amount
        yield Place.locked_at(instant.replace(tzinfo=None).isoformat()), amount
    for day, amount in locked.by_day:
        yield Place.locked((date(1970, 1, 1) + timedelta(days=day)).isoformat()), amount


@dataclass(frozen=True, slots=True)
class Counted:
    """A purchase or a refund as the totals hold it."""

    amount_minor: int
    date: str
    branch_id: str | None = None

    @staticmethod
    def of(transaction: Transaction, zone: str = DEFAULT_ZONE) -> Counted:
        """As the totals should hold it, on the day of the enterprise."""
        date = local_date(transaction.order.occurred_at, zone).isoformat()
        return Counted(transaction.amount_minor, date, transaction.branch_id)


def transaction_contributions(kind: str, counted: Counted | None) -> Contributions:
    """A purchase counts in its day and in its branch's day. A refund names no branch, and counts in its day."""
    if counted is None:
        return {}
    if kind == "refund":
        return {Place.day(counted.date): {"refunds": 1, "refunded_minor": counted.amount_minor}}
    share = {"visits": 1, "spend_minor": counted.amount_minor}
    branch = [Place.day(counted.date, counted.branch_id)] if counted.branch_id else []
    return dict.fromkeys([Place.day(counted.date), *branch], share)


def difference(before: Counts, after: Counts) -> Counts:
    """What to add to `before` to get `after`."""
    names = sorted({*before, *after})
    return _without_zeros({name: after.get(name, 0) - before.get(name, 0) for name in names})


def differences(before: Contributions, after: Contributions) -> Contributions:
    """The same, place by place. A place without a difference is left out."""
    added = {place: difference(before.get(place, {}), after.get(place, {})) for place in sorted({*before, *after})}
    return {place: counts for place, counts in added.items() if counts}


def since(figures: Contributions, first: date) -> Contributions:
    """Without the active days before `first`."""
    return {place: counts for place, counts in figures.items() if not is_over(place, first)}


def with_days_over(figures: Contributions, noted: Contributions, first: date) -> Contributions:
    """With the active days before `first` as they are noted."""
    return {**{place: counts for place, counts in noted.items() if is_over(place, first)}, **figures}


def is_over(place: Place, first: date) -> bool:
    """Whether this is a day of active customers before `first`, which nobody reads any more."""
    return place.kind == "active" and place.date < first.isoformat()


def total(shares: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    added: dict[str, int] = {}
    for share in shares:
        for name, value in share.items():
            added[name] = added.get(name, 0) + value
    return _without_zeros(added)


def together(shares: Iterable[Contributions]) -> Contributions:
    """The same, place by place."""
    by_place: dict[Place, list[Counts]] = {}
    for share in shares:
        for place, counts in share.items():
            by_place.setdefault(place, []).append(counts)
    return {place: added for place, counts in by_place.items() if (added := total(counts))}


def _without_zeros(counts: Counts) -> Counts:
    return {name: value for name, value in counts.items() if value}
