"""Visits of the last 90 days, exact to the second, with nothing written as they pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY, WINDOW, Activity, pack, unpack

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


def test_the_window_is_read_in_whole_seconds() -> None:
    visit = visited(NOON.replace(microsecond=999_999))
    assert visit.visits_within_window(NOON + WINDOW - timedelta(microseconds=1)) == 1
    assert visit.visits_within_window(NOON + WINDOW) == 0


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
    """Whoever reads does so after the latest visit was told of: at most `CLOCK_SKEW` before it happens by its clock."""
    now = max(visits) - CLOCK_SKEW + timedelta(seconds=later)
    floor = int((now - WINDOW).timestamp())
    assert visited(*visits).visits_within_window(now) == sum(int(each.timestamp()) > floor for each in visits)


@given(VISITS, st.data())
def test_the_order_of_visits_does_not_matter(visits: list[datetime], data: st.DataObject) -> None:
    other = data.draw(st.permutations(visits))
    assert visited(*visits) == visited(*other)


@given(VISITS)
def test_what_no_reader_can_count_is_not_kept(visits: list[datetime]) -> None:
    recent = visited(*visits).recent
    assert list(recent) == sorted(recent)
    assert recent[-1] - recent[0] < (WINDOW + CLOCK_SKEW).total_seconds()


@given(st.lists(st.integers(0, 2**32 - 1)).map(tuple))
def test_packed_visits_unpack(seconds: tuple[int, ...]) -> None:
    packed = pack(seconds)
    assert len(packed) == 4 * len(seconds)
    assert unpack(packed) == seconds


def test_a_second_beyond_the_packing_is_a_defect_not_a_wrong_visit() -> None:
    with pytest.raises(OverflowError):
        pack((2**32,))
