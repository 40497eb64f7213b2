"""On which day a badge changes though nothing is written: visits leave the window, and nobody is told.

Badges are counted as of the midnight (00:00:00 UTC) that a day begins with: over the 90 days before it and what has
passed of the day. So by itself a customer's badge changes at midnights alone, and the visits tell beforehand at which:
vip by visits at first, then what the lifetime figures say, then lapsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from customers.domain.customers.activity import WINDOW, Activity
from customers.domain.customers.badge import Badge, standing
from customers.domain.enterprise import Thresholds

_DAY = 24 * 60 * 60
_STANDINGS: tuple[Badge, ...] = ("vip", "regular", "new")


def midnight(day: date) -> datetime:
    """The instant that a day begins with."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def badge_days(activity: Activity, limits: Thresholds) -> dict[date, Mapping[str, int]]:
    """A customer's share in the days on which badges change; nobody's who has never visited.

    `{badge}` on the day on which the customer lapses, who has that badge by lifetime figures; and `vip_over_{badge}` on
    the day on which the customer stops being vip by visits, and has that badge instead, or lapses.
    """
    if not activity.recent:
        return {}
    badge, _ = standing(activity, limits)
    shares: dict[date, Mapping[str, int]] = {_leaves(activity.recent[-1]): {badge: 1}}
    if badge != "vip" and len(activity.recent) >= limits.vip_visits_90d:
        stops = _leaves(activity.recent[-limits.vip_visits_90d])
        shares[stops] = {**shares.get(stops, {}), f"vip_over_{badge}": 1}
    return shares


def _leaves(second: int) -> date:
    """The first day by whose midnight a visit of this second (epoch) is 90 days old."""
    return date(1970, 1, 1) + timedelta(days=-(-second // _DAY)) + WINDOW


def badges_on(
    today: date, visited: int, never_visited: int, shares: Mapping[date, Mapping[str, int]]
) -> dict[Badge, int]:
    """Customers by badge at the midnight of `today`, of so many who have visited and have not.

    `shares` are all customers', by day; at least of the days after `today`.
    """
    ahead = [counts for day, counts in shares.items() if day > today]
    active = {badge: sum(counts.get(badge, 0) for counts in ahead) for badge in _STANDINGS}
    raised = {badge: sum(counts.get(f"vip_over_{badge}", 0) for counts in ahead) for badge in _STANDINGS}
    return {
        "new": active["new"] - raised["new"] + never_visited,
        "regular": active["regular"] - raised["regular"],
        "vip": active["vip"] + sum(raised.values()),
        "lapsed": visited - sum(active.values()),
    }
