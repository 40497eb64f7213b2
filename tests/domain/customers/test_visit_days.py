"""Visits by day: as many as the badge counts, each on a day of the enterprise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers import visits as module
from customers.domain.customers.visit_days import visits_by_day
from customers.domain.customers.visits import NO_VISITS, WINDOW, Visits

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOURS_AGO = st.lists(st.integers(0, 95 * 24), max_size=12)


def visited(hours_ago: list[int]) -> Visits:
    visits = NO_VISITS
    for hours in hours_ago:
        visits = visits.with_one(NOON - timedelta(hours=hours))
    return visits


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three visits are exact, so that small histories go past the bound."""
    monkeypatch.setattr(module, "MOST_EXACT", 3)


@pytest.mark.usefixtures("_small")
@given(HOURS_AGO, st.sampled_from(["UTC", "Asia/Qatar", "America/New_York"]))
def test_the_sum_is_what_the_badge_counts(hours_ago: list[int], zone: str) -> None:
    visits = visited(hours_ago)
    by_day = visits_by_day(visits, zone, NOON)
    assert sum(number for _, number in by_day) == visits.within_window(NOON)
    assert by_day == sorted(by_day)


def test_a_visit_is_on_the_day_of_the_zone() -> None:
    assert visits_by_day(visited([13]), "UTC", NOON) == [(date(2026, 5, 31), 1)]
    assert visits_by_day(visited([14]), "Pacific/Auckland", NOON) == [(date(2026, 6, 1), 1)]


def test_one_of_exactly_90_days_ago_no_longer_counts() -> None:
    hours = int(WINDOW / timedelta(hours=1))
    assert visits_by_day(visited([hours, hours - 1]), "UTC", NOON) == [(date(2026, 3, 3), 1)]
