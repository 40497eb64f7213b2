"""Visits in bounded space: exact up to 2,000 in the window, by the day beyond, in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers import visits as module
from customers.domain.customers.activity import NO_ACTIVITY, Activity, combined
from customers.domain.customers.packing import pack, pack_instants, pack_pairs, unpack, unpack_instants, unpack_pairs
from customers.domain.customers.visits import MOST_EXACT, WINDOW, Visits

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SMALL = 3


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three visits are exact, so that small histories go past the bound."""
    monkeypatch.setattr(module, "MOST_EXACT", SMALL)


def told(instants: list[datetime]) -> Activity:
    activity = NO_ACTIVITY
    for each in instants:
        activity = activity.visited(each, 1)
    return activity


INSTANTS = st.lists(st.integers(0, 130 * 24).map(lambda hours: NOON + timedelta(hours=hours)), max_size=14)


@pytest.mark.usefixtures("_small")
@given(INSTANTS, st.data())
def test_what_is_kept_does_not_depend_on_the_order(instants: list[datetime], data: Any) -> None:
    assert told(data.draw(st.permutations(instants))) == told(instants)


@pytest.mark.usefixtures("_small")
@given(INSTANTS, st.integers(0, 14))
def test_two_parts_together_are_one(instants: list[datetime], cut: int) -> None:
    assert combined(told(instants[:cut]), told(instants[cut:])) == told(instants)


def test_a_day_counts_until_it_is_over_for_a_reader_whose_clock_is_a_day_behind() -> None:
    day, last = int(NOON.timestamp()) // (24 * 60 * 60), NOON + WINDOW + DAY
    visits = Visits((), ((day, 4),))
    assert visits.until(last).within_window(last - DAY) == 4
    assert visits.until(last + DAY).within_window(last) == 0


@pytest.mark.usefixtures("_small")
@given(INSTANTS.filter(bool), st.integers(0, 13), st.integers(0, 24 * 60))
def test_a_restated_visit_is_as_if_it_had_been_told_so(instants: list[datetime], which: int, later: int) -> None:
    before = instants[which % len(instants)]
    after = before + timedelta(hours=later)
    others = [each for position, each in enumerate(instants) if position != which % len(instants)]
    assert told(instants).restated(before, after, 0) == told([*others, after])


@pytest.mark.usefixtures("_small")
@given(INSTANTS.filter(bool), st.integers(0, 100 * 24))
def test_past_the_bound_the_count_is_exact_to_the_day(instants: list[datetime], hours: int) -> None:
    now = max(instants) + timedelta(hours=hours)
    counted = told(instants).visits_within_window(now)
    exact = sum(each > now - WINDOW for each in instants)
    begins = (now - WINDOW).replace(hour=0)
    assert exact <= counted <= sum(each >= begins for each in instants)
    if exact <= SMALL:
        older = sorted(instants)[:-SMALL]
        assert counted - exact == sum(begins <= each <= now - WINDOW for each in older)


def test_two_thousand_are_exact_to_the_microsecond() -> None:
    instants = [NOON + timedelta(minutes=number, microseconds=number) for number in range(MOST_EXACT)]
    activity = told(instants)
    assert activity.recent.by_day == ()
    for number in (0, 1, 999, MOST_EXACT - 1):
        assert activity.visits_within_window(instants[number] + WINDOW) == MOST_EXACT - number - 1


def test_a_day_by_itself_counts_until_all_of_it_is_ninety_days_old() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    visits = Visits((), ((int(day.timestamp()) // 86_400, 7),))
    over = day + timedelta(days=1) + WINDOW
    assert visits.within_window(over - timedelta(microseconds=1)) == 7
    assert visits.within_window(over) == 0


def test_a_hundred_thousand_take_bounded_room() -> None:
    exact = tuple(number * 78_000_000 for number in range(MOST_EXACT))
    some = Visits(exact, tuple((day, 1_087) for day in range(20_000, 20_092)))
    assert len(pack(some.exact)) <= 10_300
    assert len(pack_pairs(some.by_day)) <= 400
    assert len(some) > 100_000


@given(st.lists(st.integers(0, 2**60)).map(sorted))
def test_packed_numbers_unpack(numbers: list[int]) -> None:
    assert unpack(pack(numbers)) == tuple(numbers)


@given(st.dictionaries(st.integers(0, 2**40), st.integers(0, 10**18)).map(lambda each: tuple(sorted(each.items()))))
def test_packed_pairs_unpack(pairs: tuple[tuple[int, int], ...]) -> None:
    assert unpack_pairs(pack_pairs(pairs)) == pairs


@given(st.lists(st.integers(0, 2**52)).map(sorted), st.sampled_from([1, 1_000, 1_000_000]))
def test_packed_instants_unpack(numbers: list[int], unit: int) -> None:
    instants = tuple(number * unit for number in numbers)
    assert unpack_instants(pack_instants(instants)) == instants


def test_whole_seconds_take_three_bytes_a_day() -> None:
    assert len(pack_instants(tuple(day * 86_400_000_000 for day in range(20_000, 20_091)))) == 1 + 5 + 90 * 3


def test_numbers_that_do_not_ascend_are_a_defect() -> None:
    with pytest.raises(ValueError, match="ascend"):
        pack([2, 1])


def test_the_nth_newest_of_days_is_as_old_as_its_day_ends() -> None:
    """The newest day counts first, and each day until its end."""
    day = 24 * 60 * 60 * 10**6
    visits = Visits(exact=(20 * day + 1, 20 * day + 2), by_day=((10, 2), (12, 1)))
    assert [visits.leaves(number) for number in range(1, 7)] == [
        20 * day + 2,
        20 * day + 1,
        13 * day,
        11 * day,
        11 * day,
        None,
    ]
