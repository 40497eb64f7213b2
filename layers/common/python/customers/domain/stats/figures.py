"""From the sums that are kept to the numbers of an enterprise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from customers.domain.customers.badge import Badge
from customers.domain.customers.badge_days import badges_on

Sums = Mapping[str, int]
"""Counter to value; one that is left out is zero."""
NOTHING: Sums = {}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both among them."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Base:
    """An enterprise's customers. Money is in minor units."""

    registered: int
    pending_proof: int
    disabled: int
    badges: Mapping[Badge, int]
    active: int
    """Who has visited and has not lapsed."""
    repeat_rate: float | None
    """Of those who have visited, the part that has more than once, to four places; None where nobody has."""
    spendable_minor: int
    locked_minor: int
    unclaimed_minor: int


def base_on(today: date, totals: Sums, badge_days: Mapping[date, Sums]) -> Base:
    """Badges are those of `today`'s midnight; `badge_days` holds at least the days after it."""
    visited = totals.get("visited", 0)
    registered, pending_proof = totals.get("customers_verified", 0), totals.get("customers_pending_proof", 0)
    badges = badges_on(today, visited, registered + pending_proof - visited, badge_days)
    return Base(
        _at_least_none(registered),
        _at_least_none(pending_proof),
        _at_least_none(totals.get("customers_disabled", 0)),
        {badge: _at_least_none(count) for badge, count in badges.items()},
        _at_least_none(visited - badges["lapsed"]),
        round(totals.get("visited_again", 0) / visited, 4) if visited > 0 else None,
        *(_at_least_none(totals.get(f"{money}_minor", 0)) for money in ("spendable", "locked", "unclaimed")),
    )


def _at_least_none(sum_read: int) -> int:
    """Rows are not read at one instant: of who is written meanwhile, an end can be read without its beginning."""
    return max(0, sum_read)


def average_basket(period: Sums) -> int | None:
    """Gross spend per visit, rounded down; None where nobody came."""
    visits = period.get("visits", 0)
    return period.get("spend_minor", 0) // visits if visits > 0 else None


def added_up(days: Mapping[date, Sums]) -> Sums:
    """Counter by counter."""
    names = {name for sums in days.values() for name in sums}
    return {name: sum(sums.get(name, 0) for sums in days.values()) for name in sorted(names)}
