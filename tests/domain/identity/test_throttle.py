"""Five links within 24 hours, for a number and for a customer; never one more, and not one less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.identity.throttle import MOST_LINKS, WITHIN, one_more, require_room
from customers.domain.refusals import Throttled

NOW = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)


def hours_ago(*hours: float) -> list[datetime]:
    return [NOW - timedelta(hours=each) for each in hours]


def test_the_first_is_kept() -> None:
    assert one_more([], [], now=NOW) == [[NOW], [NOW]]


def test_a_full_history_says_when_there_is_room_again() -> None:
    with pytest.raises(Throttled) as refusal:
        one_more(hours_ago(23, 4, 3, 2, 1), now=NOW)
    assert (refusal.value.field, refusal.value.seconds) == ("phone", 3600)


def test_of_two_full_histories_the_later_to_have_room_counts() -> None:
    with pytest.raises(Throttled) as refusal:
        one_more(hours_ago(23, 4, 3, 2, 1), hours_ago(5, 4, 3, 2, 1), hours_ago(6, 5, 4, 3), now=NOW)
    assert refusal.value.seconds == 19 * 3600


def test_what_is_past_makes_room() -> None:
    assert one_more(hours_ago(24, 4, 3, 2, 1), now=NOW) == [[*hours_ago(4, 3, 2, 1), NOW]]


def test_whoever_waits_as_long_as_told_is_let_in() -> None:
    history = [NOW - timedelta(microseconds=1)] * MOST_LINKS
    with pytest.raises(Throttled) as refusal:
        one_more(history, now=NOW)
    assert one_more(history, now=NOW + timedelta(seconds=refusal.value.seconds))


def test_the_day_of_an_enterprise_ends_at_midnight() -> None:
    require_room(2, 3, NOW)
    with pytest.raises(Throttled) as refusal:
        require_room(3, 3, NOW)
    assert (refusal.value.field, refusal.value.seconds) == ("sms_per_day", (14 * 60 + 50) * 60)
    assert (NOW + timedelta(seconds=refusal.value.seconds)).date() > NOW.date()
    with pytest.raises(Throttled):
        require_room(0, 0, NOW)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(hours=60)), max_size=40))
def test_however_they_come_there_are_never_more_within_24_hours_and_never_fewer_than_may_be(
    offsets: list[timedelta],
) -> None:
    history: list[datetime] = []
    allowed: list[datetime] = []
    for at in sorted(NOW + each for each in offsets):
        within = [each for each in allowed if each > at - WITHIN]
        if len(within) == MOST_LINKS:
            with pytest.raises(Throttled):
                one_more(history, now=at)
            continue
        (history,) = one_more(history, now=at)
        assert history == [*within, at]
        allowed.append(at)
