"""Locked money ends at the read: exact to the second, in bounded space, in any order of the grants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers import locked as module
from customers.domain.customers.locked import MOST_DAYS, MOST_EXACT, NOTHING_LOCKED, Locked, has_ended
from customers.domain.customers.packing import pack_pairs

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
Grants = list[tuple[int, datetime | None]]


def told(grants: Grants, at: datetime = NOON) -> Locked:
    locked = NOTHING_LOCKED.told(at)
    for amount, expires_at in grants:
        locked = locked.with_grant(amount, expires_at)
    return locked


@pytest.mark.parametrize("microseconds", [0, 500_000])
def test_a_grant_is_locked_until_the_second_of_its_end(microseconds: int) -> None:
    ends = NOON + timedelta(microseconds=microseconds)
    locked = told([(100, ends), (5, None)])
    assert locked.at(NOON - timedelta(microseconds=1)) == 105
    assert locked.at(NOON) == 5
    assert (locked.next_end(NOON - SECOND), locked.next_end(NOON)) == (NOON, None)
    assert not has_ended(ends, NOON - timedelta(microseconds=1))
    assert has_ended(ends, NOON)


def test_the_next_end_is_the_first_that_is_to_come() -> None:
    locked = told([(1, NOON + DAY), (2, NOON + 2 * DAY), (0, NOON + SECOND)])
    assert locked.next_end(NOON) == NOON + DAY
    assert locked.next_end(NOON + DAY) == NOON + 2 * DAY
    assert has_ended(None, NOON) is False


GRANTS: st.SearchStrategy[Any] = st.lists(
    st.tuples(st.integers(0, 50), st.none() | st.integers(-50, 400).map(lambda hours: NOON + timedelta(hours=hours))),
    max_size=12,
)
READ = st.integers(0, 500).map(lambda hours: NOON + timedelta(hours=hours))


def plainly(grants: Grants, now: datetime) -> int:
    return sum(amount for amount, ends in grants if ends is None or ends > now)


@given(GRANTS, st.data(), READ)
def test_the_order_does_not_matter_and_every_reader_sees_what_is_left(grants: Grants, data: Any, now: datetime) -> None:
    locked = told(grants)
    assert told(data.draw(st.permutations(grants))) == locked
    assert locked.at(now) == plainly(grants, now)


@given(GRANTS, st.integers(0, 12), READ)
def test_what_was_added_can_be_taken_away(grants: Grants, keep: int, now: datetime) -> None:
    locked = told(grants)
    for amount, ends in grants[keep:]:
        locked = locked.with_grant(-amount, ends)
    assert locked == told(grants[:keep])
    assert locked.at(now) == plainly(grants[:keep], now)


@given(GRANTS, st.integers(0, 12))
def test_two_parts_together_are_one(grants: Grants, cut: int) -> None:
    assert told(grants[:cut]).joined(told(grants[cut:])) == told(grants)


@given(GRANTS, st.lists(st.integers(-72, 72), max_size=4), st.data())
def test_what_all_readers_are_past_is_not_kept(grants: Grants, hours: list[int], data: Any) -> None:
    at = [NOON + timedelta(hours=each) for each in hours]
    acts = [*(("grant", each) for each in grants), *(("told", each) for each in at)]

    def after(order: list[Any]) -> Locked:
        locked = NOTHING_LOCKED
        for kind, each in order:
            locked = locked.with_grant(*each) if kind == "grant" else locked.told(each)
        return locked

    locked = after(acts)
    assert after(data.draw(st.permutations(acts))) == locked
    latest = max(at, default=NOON - timedelta(days=9999))
    assert locked.at(latest) == plainly(grants, latest)
    assert all(end >= int((latest - DAY).timestamp()) for end, _ in locked.exact)


def test_a_day_of_which_all_readers_are_past_is_not_kept() -> None:
    midnight = datetime(2026, 6, 2, tzinfo=UTC)
    day = int(NOON.timestamp()) // (24 * 60 * 60)
    locked = Locked(by_day=((day, 5), (day + 1, 7)))
    assert locked.told(midnight + DAY - SECOND).by_day == ((day, 5), (day + 1, 7))
    assert locked.told(midnight + DAY).by_day == ((day + 1, 7),)


def test_what_is_kept_by_the_day_is_locked_until_the_end_of_its_day() -> None:
    midnight = datetime(2026, 6, 2, tzinfo=UTC)
    day = int(midnight.timestamp()) // (24 * 60 * 60) - 1
    locked = Locked(by_day=((day, 5), (day + 1, 7)))
    assert (locked.at(midnight - SECOND), locked.next_end(midnight - SECOND)) == (12, midnight)
    assert (locked.at(midnight), locked.next_end(midnight)) == (7, midnight + DAY)
    assert (locked.at(midnight + DAY), locked.next_end(midnight + DAY)) == (0, None)


@given(GRANTS, READ)
def test_past_the_bound_the_rest_is_exact_to_the_day(grants: Grants, now: datetime) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_EXACT", 2)
        locked = told(grants)
        assert len(locked.exact) <= 2
        low, high = plainly(grants, now), plainly(grants, (now - DAY).replace(hour=23, minute=59, second=59))
        assert low <= locked.at(now) <= high
        for amount, ends in grants:
            locked = locked.with_grant(-amount, ends)
        assert locked.at(NOON - DAY) == 0


@pytest.mark.slow
def test_whatever_is_told_takes_bounded_room() -> None:
    many = told([(10**15, NOON + number * timedelta(hours=30, seconds=1)) for number in range(5_000)])
    assert (len(many.exact), len(many.by_day)) == (MOST_EXACT, MOST_DAYS)
    assert len(pack_pairs(many.exact)) + len(pack_pairs(many.by_day)) <= 8_000
    assert many.at(NOON) == 10**15 * 4_999
    assert many.at(NOON + timedelta(days=365 * 30)) == 0
