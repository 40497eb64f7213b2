"""An enterprise's totals, computed from the sums that the store keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from customers.domain.customers.badge import Badge
from customers.domain.customers.badge_days import badges_on

Sums = Mapping[str, int]
"""Counter to value. A missing counter is zero."""
NOTHING: Sums = {}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Base:
    """The numbers of an enterprise's customers. Money is in minor units."""

    registered: int
    pending_proof: int
    disabled: int
    badges: Mapping[Badge, int]
    active: int
    """Customers who have visited and have not lapsed."""
    repeat_rate: float | None
    """The part of the visitors who have visited more than once, to four places; None without visitors."""
    spendable_minor: int
    locked_minor: int
    unclaimed_minor: int
    forfeited_minor: int
    """What was locked for people who are hard-deleted."""


def still_locked(ends_on: Mapping[date, Sums], ended_today: Sums) -> Sums:
    """The sum that is still locked: everything that ends today (UTC) or later, minus the part that has ended."""
    to_come = added_up(ends_on)
    return {name: value - ended_today.get(name, 0) for name, value in to_come.items()}


def base_on(today: date, totals: Sums, badge_days: Mapping[date, Sums], locked: Sums) -> Base:
    """Badges as of the midnight of `today`. `badge_days` has at least the days after it, `locked` is the result of
    `still_locked`.
    """
    visited = totals.get("visited", 0)
    registered, pending_proof = totals.get("customers_verified", 0), totals.get("customers_pending_proof", 0)
    badges = badges_on(today, visited, registered + pending_proof - visited, badge_days)
    return Base(
        _at_least_zero(registered),
        _at_least_zero(pending_proof),
        _at_least_zero(totals.get("customers_disabled", 0)),
        {badge: _at_least_zero(count) for badge, count in badges.items()},
        _at_least_zero(visited - badges["lapsed"]),
        round(totals.get("visited_again", 0) / visited, 4) if visited > 0 else None,
        _at_least_zero(totals.get("spendable_minor", 0)),
        _at_least_zero(totals.get("locked_minor", 0) + locked.get("locked_minor", 0)),
        _at_least_zero(totals.get("unclaimed_minor", 0) + locked.get("unclaimed_minor", 0)),
        _at_least_zero(totals.get("forfeited_minor", 0)),
    )


def _at_least_zero(sum_read: int) -> int:
    """Rows are not read at one instant, so a decrease can be read without the increase before it."""
    return max(0, sum_read)


def average_basket(period: Sums) -> int | None:
    """Gross spend per visit, rounded down; None without visits."""
    visits = period.get("visits", 0)
    return period.get("spend_minor", 0) // visits if visits > 0 else None


def added_up(days: Mapping[Any, Sums]) -> Sums:
    """The sums, counter by counter."""
    names = {name for sums in days.values() for name in sums}
    return {name: sum(sums.get(name, 0) for sums in days.values()) for name in sorted(names)}
