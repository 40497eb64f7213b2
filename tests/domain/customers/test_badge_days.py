"""Badges over time: what is noted once tells the badges of every later day, though nothing more is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY, Activity
from customers.domain.customers.badge import explain_badge
from customers.domain.customers.badge_days import badge_days, badges_on
from customers.domain.enterprise import Thresholds
from customers.domain.time_zones import midnight

MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
USUAL = Thresholds()


def visited(*at: datetime, spend: int = 0) -> Activity:
    activity = NO_ACTIVITY
    for number, each in enumerate(at):
        activity = activity.visited(each, 0 if number else spend)
    return activity


def days(activity: Activity, limits: Thresholds = USUAL) -> dict[str, Mapping[str, int]]:
    return {day.isoformat(): counts for day, counts in badge_days(activity, limits).items()}


def test_who_has_never_visited_stays_new() -> None:
    assert days(NO_ACTIVITY) == {}
    assert badges_on(date(2026, 6, 1), visited=0, never_visited=3, shares={}) == {
        "new": 3,
        "regular": 0,
        "vip": 0,
        "lapsed": 0,
    }


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (MIDNIGHT - SECOND, "2026-08-30"),
        (MIDNIGHT - SECOND / 2, "2026-08-30"),
        (MIDNIGHT, "2026-08-30"),
        (MIDNIGHT + timedelta(microseconds=1), "2026-08-31"),
        (MIDNIGHT + SECOND, "2026-08-31"),
        (MIDNIGHT + DAY - SECOND, "2026-08-31"),
    ],
)
def test_a_customer_lapses_at_the_first_midnight_by_which_the_last_visit_is_ninety_days_old(
    at: datetime, day: str
) -> None:
    assert days(visited(at)) == {day: {"new": 1}}
    lapsing = midnight(date.fromisoformat(day))
    assert explain_badge(visited(at), USUAL, lapsing).badge == "lapsed"
    assert explain_badge(visited(at), USUAL, lapsing - DAY).badge == "new"


def test_who_is_vip_by_visits_stops_being_that_before_lapsing() -> None:
    frequent = visited(*(MIDNIGHT + number * DAY for number in range(9)))
    assert days(frequent) == {"2026-08-31": {"vip_over_regular": 1}, "2026-09-07": {"regular": 1}}
    assert days(frequent, Thresholds(regular_visits=10)) == {
        "2026-08-31": {"vip_over_new": 1},
        "2026-09-07": {"new": 1},
    }


def test_who_came_often_on_one_day_alone_lapses_from_vip() -> None:
    assert days(visited(*[MIDNIGHT] * 8)) == {"2026-08-30": {"regular": 1, "vip_over_regular": 1}}


def test_who_is_vip_by_spend_stays_vip_until_lapsed() -> None:
    assert days(visited(*[MIDNIGHT] * 8, spend=100_000)) == {"2026-08-30": {"vip": 1}}


TODAY = date(2026, 6, 1)
# Around midnights, a day ahead at most, and as long ago as visits are kept and longer.
INSTANTS = st.builds(
    lambda day, second: MIDNIGHT + timedelta(days=day, seconds=second),
    st.integers(-200, 0) | st.integers(-3, 0) | st.integers(-92, -86),
    st.sampled_from([-1, 0, 1, 43_200, 86_399]),
)
LIMITS = st.builds(Thresholds, st.integers(1, 5), st.integers(1, 300), st.integers(1, 5))
ACTIVITIES = st.builds(
    lambda visits, spend, refund: visited(*visits, spend=spend).refunded(refund if visits else 0),
    st.lists(INSTANTS, max_size=8),
    st.integers(0, 400),
    st.integers(0, 200),
)


@given(st.lists(ACTIVITIES, max_size=12), LIMITS, st.integers(0, 120))
def test_what_is_noted_once_tells_the_badges_of_every_later_day(
    customers: list[Activity], limits: Thresholds, later: int
) -> None:
    shares: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for each in customers:
        for day, counts in badge_days(each, limits).items():
            shares[day].update(counts)
    today = TODAY + later * DAY
    told = badges_on(
        today,
        visited=sum(each.visit_count > 0 for each in customers),
        never_visited=sum(each.visit_count == 0 for each in customers),
        shares=shares,
    )
    counted = Counter(explain_badge(each, limits, midnight(today)).badge for each in customers)
    assert told == {badge: counted[badge] for badge in told}
    # No more than these days are ever read.
    assert all(day <= TODAY + 92 * DAY for day in shares)
