"""A badge's changes: each once, with its cause, and their sum is the difference of the stats."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY, Activity
from customers.domain.customers.badge import explain_badge
from customers.domain.customers.badge_days import badge_days, badges_on
from customers.domain.enterprise import Thresholds
from customers.domain.stats.badge_changes import BadgeChange, Days, NotedBadge, badge_as_of, next_badge
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.day_turns import EVERY, day_to_look_at
from customers.domain.time_zones import local_date, midnight

NOON = datetime(2026, 6, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = CountingRules()
QATAR = CountingRules(Thresholds(vip_visits_90d=3, vip_lifetime_spend_minor=5000, regular_visits=2), "Asia/Qatar")


class Customer:
    """One customer, whose badge is noted as the store does it."""

    def __init__(self, rules: CountingRules = RULES) -> None:
        self.activity: Activity | None = NO_ACTIVITY
        self.rules = rules
        self.noted: NotedBadge | None = None
        self.days: Days = {}
        self.events: list[BadgeChange] = []

    def visit(self, at: datetime, amount: int = 100) -> None:
        self.activity = (self.activity or NO_ACTIVITY).visited(at, amount)

    def look(self, now: datetime) -> list[tuple[str | None, str | None, str, date]]:
        self.noted, changes = next_badge(self.noted, self.days, self.activity, self.rules, now)
        self.days = badge_days(self.activity, self.rules.badge, self.rules.time_zone) if self.activity else {}
        self.events += changes
        return [(each.before, each.after, each.cause, each.day) for each in changes]


def test_a_new_customer_is_no_change_and_the_third_visit_is_one() -> None:
    customer = Customer()
    assert customer.look(NOON) == []
    for hours in range(3):
        customer.visit(NOON + timedelta(hours=hours))
    today = NOON.date()
    assert customer.look(NOON + timedelta(hours=3)) == [("new", "regular", "fact", today)]
    assert customer.look(NOON + timedelta(hours=4)) == []


def test_time_alone_makes_a_customer_lapse_on_the_first_midnight_after_ninety_days() -> None:
    customer = Customer()
    customer.visit(NOON)
    customer.look(NOON)
    assert customer.noted
    assert customer.noted.due == date(2026, 9, 4)
    assert customer.look(datetime(2026, 9, 3, 23, 59, tzinfo=UTC)) == []
    assert customer.look(datetime(2026, 9, 4, tzinfo=UTC)) == [("new", "lapsed", "time", date(2026, 9, 4))]
    assert customer.noted.due is None


def test_a_look_that_comes_late_tells_every_change_on_its_own_day() -> None:
    customer = Customer(CountingRules(Thresholds(vip_visits_90d=2)))
    customer.visit(NOON)
    customer.visit(NOON + 10 * DAY)
    customer.look(NOON + 10 * DAY)
    customer.visit(NOON + 200 * DAY)
    assert customer.look(NOON + 200 * DAY) == [
        ("vip", "new", "time", date(2026, 9, 4)),
        ("new", "lapsed", "time", date(2026, 9, 14)),
        ("lapsed", "regular", "fact", (NOON + 200 * DAY).date()),
    ]
    assert [each.number for each in customer.events] == [1, 2, 3, 4]


def test_other_thresholds_are_a_cause_of_their_own_and_a_fact_of_the_same_moment_stays_one() -> None:
    customer = Customer()
    for hours in range(2):
        customer.visit(NOON + timedelta(hours=hours))
    customer.look(NOON + DAY)
    customer.visit(NOON + DAY)
    customer.rules = CountingRules(Thresholds(vip_visits_90d=3))
    day = (NOON + 2 * DAY).date()
    assert customer.look(NOON + 2 * DAY) == [("new", "regular", "fact", day), ("regular", "vip", "thresholds", day)]


def test_who_is_shut_off_has_no_badge_and_comes_back_with_one() -> None:
    customer = Customer()
    customer.visit(NOON)
    customer.look(NOON)
    activity, customer.activity = customer.activity, None
    assert customer.look(NOON) == [("new", None, "fact", NOON.date())]
    assert customer.look(NOON + 200 * DAY) == []
    customer.activity = activity
    assert customer.look(NOON + 200 * DAY) == [(None, "lapsed", "fact", (NOON + 200 * DAY).date())]


def test_somebody_who_was_never_counted_has_no_event() -> None:
    customer = Customer()
    customer.activity = None
    assert customer.look(NOON) == []
    assert customer.noted is None


def test_a_later_visit_writes_nothing_about_the_day_and_the_look_finds_the_right_one() -> None:
    customer = Customer()
    customer.visit(NOON)
    customer.look(NOON)
    first = customer.noted
    customer.visit(NOON + 40 * DAY)
    customer.look(NOON + 40 * DAY)
    assert first
    assert customer.noted
    assert customer.noted.holds(first)
    assert customer.look(datetime(2026, 9, 4, 1, tzinfo=UTC)) == []
    assert customer.noted.due == date(2026, 9, 4) + 40 * DAY


def test_a_visit_that_is_taken_back_moves_the_day_forward() -> None:
    customer = Customer()
    customer.visit(NOON + 40 * DAY)
    customer.look(NOON + 40 * DAY)
    customer.activity = NO_ACTIVITY
    customer.visit(NOON)
    customer.look(NOON + 41 * DAY)
    assert customer.noted
    assert customer.noted.due == date(2026, 9, 4)


def test_a_clock_that_is_behind_takes_no_badge_back() -> None:
    customer = Customer()
    customer.visit(NOON)
    customer.look(NOON)
    customer.look(datetime(2026, 9, 4, 0, 0, 1, tzinfo=UTC))
    assert customer.look(datetime(2026, 9, 3, 23, 59, 59, tzinfo=UTC)) == []
    assert customer.look(datetime(2026, 9, 4, 0, 0, 2, tzinfo=UTC)) == []


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 200), st.integers(0, 4000)), max_size=25),
    st.sets(st.integers(0, 320), max_size=12),
    st.booleans(),
)
def test_the_events_of_any_days_are_the_difference_of_the_stats(
    visits: list[tuple[int, int, int]], looks: set[int], qatar: bool
) -> None:
    rules = QATAR if qatar else RULES
    crowd = [Customer(rules) for _ in range(4)]
    for each in crowd:
        each.look(NOON - DAY)
    happened = sorted(visits, key=lambda visit: visit[1])
    for day in range(330):
        now = NOON + day * DAY
        for who, at, amount in happened:
            if at == day:
                crowd[who].visit(now, amount)
                crowd[who].look(now)
        for customer in crowd:
            due = customer.noted and customer.noted.due
            if day in looks or (due and due <= local_date(now, rules.time_zone)):
                customer.look(now)
        moved = Counter[str]({"new": len(crowd)})
        for event in (event for customer in crowd for event in customer.events):
            moved[str(event.before)] -= 1
            moved[str(event.after)] += 1
        assert {name: count for name, count in moved.items() if count} == stats(crowd, now, rules)


def stats(crowd: list[Customer], now: datetime, rules: CountingRules) -> dict[str, int]:
    """The badges as the stats count them, from sums over all customers."""
    today, sums = local_date(now, rules.time_zone), dict[date, Counter[str]]()
    activities = [each.activity or NO_ACTIVITY for each in crowd]
    for activity in activities:
        for day, counts in badge_days(activity, rules.badge, rules.time_zone).items():
            sums.setdefault(day, Counter()).update(counts)
    visited = sum(activity.visit_count > 0 for activity in activities)
    badges = badges_on(today, visited, len(crowd) - visited, sums)
    return {name: count for name, count in badges.items() if count}


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 4000)), min_size=1, max_size=9), st.integers(0, 320))
def test_the_badge_of_a_day_is_the_one_that_is_explained_at_its_midnight(
    visits: list[tuple[int, int]], day: int
) -> None:
    activity = NO_ACTIVITY
    for at, amount in visits:
        activity = activity.visited(NOON + at * DAY, amount)
    today = max((NOON + day * DAY).date(), (NOON + max(at for at, _ in visits) * DAY).date())
    days = badge_days(activity, QATAR.badge, QATAR.time_zone)
    explained = explain_badge(activity, QATAR.badge, midnight(today, QATAR.time_zone)).badge
    assert badge_as_of(True, days, today) == explained


@pytest.mark.parametrize("zone", ["UTC", "Asia/Qatar", "Asia/Kathmandu", "America/Santiago", "Pacific/Chatham"])
def test_every_day_of_every_zone_is_looked_at_four_times_in_its_first_hour(zone: str) -> None:
    begin, looks = datetime(2026, 3, 1, tzinfo=UTC), Counter[date]()
    runs = (begin + number * EVERY for number in range(96 * 220))
    for now in runs:
        if (day := day_to_look_at(now, zone)) and now - midnight(day, zone) < timedelta(hours=1):
            assert day == local_date(now, zone)
            looks[day] += 1
    whole = sorted(looks)[1:-1]
    assert len(whole) >= 217
    assert {looks[day] for day in whole} == {4}


def test_a_day_that_was_missed_is_looked_at_every_six_hours() -> None:
    night = datetime(2026, 6, 5, tzinfo=UTC)
    hours = [n / 4 for n in range(96) if day_to_look_at(night + n * EVERY, "UTC")]
    assert hours == [0, 0.25, 0.5, 0.75, 6, 12, 18]
