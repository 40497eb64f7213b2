"""Visits of the last 90 days, exact to the second, with nothing written as they pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY, Activity
from customers.domain.customers.visits import WINDOW

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CLOCK_SKEW = timedelta(days=1)
"""A purchase may be of tomorrow by this much: facts of later are refused."""


def visited(*at: datetime, amount_minor: int = 100) -> Activity:
    activity = NO_ACTIVITY
    for each in at:
        activity = activity.visited(each, amount_minor)
    return activity


def test_nobody_has_visited_at_first() -> None:
    assert NO_ACTIVITY.visits_within_window(NOON) == 0
    assert NO_ACTIVITY.visit_count == 0
    assert NO_ACTIVITY.last_visit_at is None


def test_a_visit_counts_from_its_own_second_on() -> None:
    assert visited(NOON).visits_within_window(NOON) == 1


def test_a_visit_a_second_short_of_ninety_days_ago_counts() -> None:
    assert visited(NOON).visits_within_window(NOON + WINDOW - SECOND) == 1


def test_a_visit_exactly_ninety_days_ago_no_longer_counts() -> None:
    assert visited(NOON).visits_within_window(NOON + WINDOW) == 0


@pytest.mark.parametrize("microseconds", [0, 1, 300_000, 500_000, 999_999])
def test_a_visit_counts_until_it_is_ninety_days_old(microseconds: int) -> None:
    at = NOON + timedelta(microseconds=microseconds)
    for short in (timedelta(microseconds=1), SECOND / 2, SECOND):
        assert visited(at).visits_within_window(at + WINDOW - short) == 1
    for more in (timedelta(0), timedelta(microseconds=1), SECOND / 2):
        assert visited(at).visits_within_window(at + WINDOW + more) == 0


def test_visits_fall_out_one_by_one() -> None:
    activity = visited(NOON, NOON + SECOND, NOON + 2 * SECOND)
    counts = [activity.visits_within_window(NOON + WINDOW + seconds * SECOND) for seconds in range(-1, 4)]
    assert counts == [3, 2, 1, 0, 0]


def test_two_visits_of_one_second_are_two() -> None:
    assert visited(NOON, NOON).visits_within_window(NOON) == 2


def test_a_visit_long_ago_counts_for_life_alone() -> None:
    activity = visited(NOON, NOON - timedelta(days=400))
    assert activity.visit_count == 2
    assert activity.lifetime_spend_minor == 200
    assert activity.visits_within_window(NOON) == 1
    assert activity.last_visit_at == NOON


def test_a_refund_is_no_visit_and_comes_off_the_spend() -> None:
    activity = visited(NOON).refunded(30)
    assert activity == Activity(70, 1, NOON, visited(NOON).recent)
    assert NO_ACTIVITY.refunded(30).lifetime_spend_minor == -30


def test_a_free_purchase_is_a_visit() -> None:
    assert visited(NOON, amount_minor=0).visit_count == 1


VISITS = st.lists(
    st.builds(
        lambda days, seconds: NOON + timedelta(days=days, seconds=seconds),
        st.integers(-200, 200),
        st.integers(-1, 1) | st.floats(0, 86_400),
    ),
    min_size=1,
    max_size=40,
)


@given(VISITS, st.integers(-1, 200 * 86_400) | st.integers(0, 91).map(lambda days: days * 86_400))
def test_no_reader_misses_a_visit(visits: list[datetime], later: int) -> None:
    """A read comes after the latest visit was reported: at most `CLOCK_SKEW` before the visit by its own clock."""
    now = max(visits) - CLOCK_SKEW + timedelta(seconds=later)
    assert visited(*visits).visits_within_window(now) == sum(each > now - WINDOW for each in visits)


@given(VISITS, st.data())
def test_the_order_of_visits_does_not_matter(visits: list[datetime], data: st.DataObject) -> None:
    other = data.draw(st.permutations(visits))
    assert visited(*visits) == visited(*other)


@given(VISITS)
def test_what_no_reader_can_count_is_not_kept(visits: list[datetime]) -> None:
    recent = visited(*visits).recent.exact
    assert list(recent) == sorted(recent)
    # The day on which the window begins is kept whole.
    assert recent[-1] - recent[0] < (WINDOW + CLOCK_SKEW + timedelta(days=1)) // timedelta(microseconds=1)
