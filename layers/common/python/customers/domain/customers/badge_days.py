"""The days on which a badge changes although nothing is written: visits leave the 90-day window.

Badges are counted as of the midnight at which a day of the enterprise begins, so they change at midnights only. The
visits tell in advance at which: first vip by visits, then the badge by lifetime figures, then lapsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from customers.domain.customers.activity import Activity
from customers.domain.customers.badge import Badge, lifetime_badge
from customers.domain.customers.visits import WINDOW
from customers.domain.enterprise import DEFAULT_ZONE, Thresholds
from customers.domain.time_zones import local_date, midnight

_STANDINGS: tuple[Badge, ...] = ("vip", "regular", "new")


def badge_days(activity: Activity, limits: Thresholds, zone: str = DEFAULT_ZONE) -> dict[date, Mapping[str, int]]:
    """What one customer contributes to the days on which badges change; nothing before the first visit.

    `{badge}`, the badge by lifetime figures, counts on the day on which the customer lapses.
    `vip_over_{badge}` counts on the day on which the customer stops being vip by visits, and gets that badge or lapses.
    """
    badge, _ = lifetime_badge(activity, limits)
    shares: dict[date, Mapping[str, int]] = {}
    if (last := activity.recent.leaves(1)) is not None:
        shares[_leaves(last, zone)] = {badge: 1}
    if badge != "vip" and (nth := activity.recent.leaves(limits.vip_visits_90d)) is not None:
        stops = _leaves(nth, zone)
        shares[stops] = {**shares.get(stops, {}), f"vip_over_{badge}": 1}
    return shares


def _leaves(instant: int, zone: str) -> date:
    """The first day at whose midnight a visit at this instant (microseconds, epoch) is 90 days old."""
    old = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant) + WINDOW
    day = local_date(old, zone)
    return day if midnight(day, zone) == old else day + timedelta(days=1)


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
