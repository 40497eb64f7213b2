"""Visits and spend, exact at the instant of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from customers.domain.customers.visits import NO_VISITS, Visits
from customers.domain.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Activity:
    """A customer's activity. `recent` has the visits of the last 91 days."""

    lifetime_spend_minor: int = 0
    visit_count: int = 0
    last_visit_at: datetime | None = None
    recent: Visits = NO_VISITS

    def visited(self, at: datetime, amount_minor: int) -> Activity:
        """With one more completed purchase. The order of purchases does not matter."""
        last = max(at, self.last_visit_at or at)
        return Activity(
            lifetime_spend_minor=self.lifetime_spend_minor + amount_minor,
            visit_count=self.visit_count + 1,
            last_visit_at=last,
            recent=self.recent.with_one(at).until(last),
        )

    def restated(self, before: datetime, after: datetime, difference_minor: int) -> Activity:
        """With a purchase moved from `before` to `after`, which is later."""
        without = replace(self, visit_count=self.visit_count - 1, recent=self.recent.without(before))
        return without.visited(after, difference_minor)

    def refunded(self, amount_minor: int) -> Activity:
        """Spend is net of refunds; a refund is not a visit."""
        return replace(self, lifetime_spend_minor=self.lifetime_spend_minor - amount_minor)

    def imported(self, spend_minor: int, visit_count: int, known_visits: Sequence[datetime]) -> Activity:
        """With the figures of another system. `known_visits` are counted in `visit_count`, and ascending."""
        recent = NO_VISITS
        for at in known_visits:
            recent = recent.with_one(at)
        last = known_visits[-1] if known_visits else None
        return combined(self, Activity(spend_minor, visit_count, last, recent))

    def visits_within_window(self, now: datetime) -> int:
        """Visits of the last 90 days, exact up to 2,000. Beyond that, the oldest day in the window counts whole."""
        return self.recent.within_window(now)


NO_ACTIVITY = Activity()


def combined(one: Activity, other: Activity) -> Activity:
    """The activity of two records that turned out to be one person."""
    last = max(filter(None, (one.last_visit_at, other.last_visit_at)), default=None)
    recent = one.recent.joined(other.recent)
    return Activity(
        lifetime_spend_minor=one.lifetime_spend_minor + other.lifetime_spend_minor,
        visit_count=one.visit_count + other.visit_count,
        last_visit_at=last,
        recent=recent.until(last) if last else recent,
    )
