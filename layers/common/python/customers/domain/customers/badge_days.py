"""The days on which a badge changes although nothing is written: visits leave the 90-day window.

Badges are counted as of the midnight (00:00:00 UTC) at which a day begins, so they change at midnights only. The visits
tell in advance at which: first vip by visits, then the badge by lifetime figures, then lapsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from customers.domain.customers.activity import Activity
from customers.domain.customers.badge import Badge, lifetime_badge
from customers.domain.customers.visits import WINDOW
from customers.domain.enterprise import Thresholds

_DAY = 24 * 60 * 60 * 1_000_000
_STANDINGS: tuple[Badge, ...] = ("vip", "regular", "new")


def midnight(day: date) -> datetime:
    """The instant at which a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def badge_days(activity: Activity, limits: Thresholds) -> dict[date, Mapping[str, int]]:
    """What one customer contributes to the days on which badges change; nothing before the first visit.

    `{badge}`, the badge by lifetime figures, counts on the day on which the customer lapses.
    `vip_over_{badge}` counts on the day on which the customer stops being vip by visits, and gets that badge or lapses.
    """
    badge, _ = lifetime_badge(activity, limits)
    shares: dict[date, Mapping[str, int]] = {}
    if (last := activity.recent.leaves(1)) is not None:
        shares[_leaves(last)] = {badge: 1}
    if badge != "vip" and (nth := activity.recent.leaves(limits.vip_visits_90d)) is not None:
        stops = _leaves(nth)
        shares[stops] = {**shares.get(stops, {}), f"vip_over_{badge}": 1}
    return shares


def _leaves(instant: int) -> date:
    """The first day at whose midnight a visit at this instant (microseconds, epoch) is 90 days old."""
    return date(1970, 1, 1) + timedelta(days=-(-instant // _DAY)) + WINDOW


def badges_on(
    today: date, visited: int, never_visited: int, shares: Mapping[date, Mapping[str, int]]
) -> dict[Badge, int]:
    """The number of customers by badge, at the midnight of `today`.

    `shares` adds up the contributions of all customers, by day. It holds at least the days after `today`.
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
