"""When a badge changes, from what to what, and why: a fact, time alone, or other thresholds.

A badge counts as of the midnight at which a day of the enterprise begins, as in the stats. So a fact changes it at any
time, and time changes it at midnights only. `badge_days` says in advance at which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from customers.domain.customers.activity import Activity
from customers.domain.customers.badge import Badge
from customers.domain.customers.badge_days import badge_days
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.time_zones import local_date

Cause = Literal["fact", "time", "thresholds"]
Days = Mapping[date, Mapping[str, int]]
"""What one customer contributes to badge days: see `badge_days`."""
_OVER = "vip_over_"


@dataclass(frozen=True, slots=True)
class BadgeChange:
    """A badge that changed. None: the customer is not counted, because disabled, merged into another or erased."""

    before: Badge | None
    after: Badge | None
    cause: Cause
    day: date
    """The enterprise's day on whose badges it counts."""
    number: int
    """It is this customer's change of that number, from 1 on."""


@dataclass(frozen=True, slots=True)
class NotedBadge:
    """The badge that was reported last, and all that is needed to tell the next change from it."""

    badge: Badge | None
    as_of: date
    rules: CountingRules
    changes: int = 0
    """The number of changes so far."""
    due: date | None = None
    """The day on which the customer is looked at next. It may be too early, but never too late."""

    def holds(self, other: NotedBadge | None) -> bool:
        """Whether both say the same, perhaps as of different days."""
        return other is not None and replace(self, as_of=other.as_of) == other


def next_badge(
    noted: NotedBadge | None, days: Days, activity: Activity | None, rules: CountingRules, now: datetime
) -> tuple[NotedBadge | None, list[BadgeChange]]:
    """The badge to note, and the changes since the one that is noted, oldest first.

    `days` are the badge days that are noted beside `noted`. `activity` is None for a customer who is not counted.
    Everybody begins as `new`, so a first note of a new customer is no change.
    """
    if noted is None and activity is None:
        return None, []
    was = noted or NotedBadge("new", local_date(now, rules.time_zone), rules)
    today = _today(was, rules, now)
    changes = _numbered(was, [*_since(was, days, activity, now), (_badge(activity, rules, today), "thresholds", today)])
    badge = changes[-1].after if changes else was.badge
    coming = [day for day in badge_days(activity, rules.badge, rules.time_zone) if day > today] if activity else []
    due = _due(was.due, today, min(coming, default=None))
    return NotedBadge(badge, today, rules, was.changes + len(changes), due), changes


def badge_as_of(visited: bool, days: Days, today: date) -> Badge:
    """The badge of one customer at the midnight of `today`: the rule by which the stats count all of them."""
    ahead = {name for day, counts in days.items() if day > today for name in counts}
    standing = next((name for name in ahead if not name.startswith(_OVER)), None)
    if standing is None:
        return "lapsed" if visited else "new"
    return "vip" if any(name.startswith(_OVER) for name in ahead) else _named(standing)


def _since(
    was: NotedBadge, days: Days, activity: Activity | None, now: datetime
) -> Iterator[tuple[Badge | None, Cause, date]]:
    """First what time changed, day by day; then what facts did by the rules of before."""
    then = max(local_date(now, was.rules.time_zone), was.as_of)
    if was.badge is not None:
        for day in sorted(days):
            if was.as_of < day <= then:
                yield badge_as_of(True, days, day), "time", day
    yield _badge(activity, was.rules, then), "fact", then


def _numbered(was: NotedBadge, steps: list[tuple[Badge | None, Cause, date]]) -> list[BadgeChange]:
    """Those of the steps that change something."""
    badge, changes = was.badge, list[BadgeChange]()
    for after, cause, day in steps:
        if after != badge:
            changes.append(BadgeChange(badge, after, cause, day, was.changes + len(changes) + 1))
            badge = after
    return changes


def _badge(activity: Activity | None, rules: CountingRules, today: date) -> Badge | None:
    if activity is None:
        return None
    return badge_as_of(activity.visit_count > 0, badge_days(activity, rules.badge, rules.time_zone), today)


def _today(was: NotedBadge, rules: CountingRules, now: datetime) -> date:
    """A clock that is behind does not take a badge back. In another time zone it may be yesterday again."""
    today = local_date(now, rules.time_zone)
    return max(today, was.as_of) if rules.time_zone == was.rules.time_zone else today


def _due(was: date | None, today: date, coming: date | None) -> date | None:
    """A later visit moves the day of the next change, but not the day of the next look, which only gets too early.

    So a visit writes nothing here, and the look finds the day that is right by then.
    """
    if was is not None and coming is not None and today < was <= coming:
        return was
    return coming


def _named(name: str) -> Badge:
    match name:
        case "vip" | "regular":
            return name
        case _:
            return "new"
