"""The visits of the badge window by day. A lookup does not need it, and does not load time zones."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from customers.domain.customers.visits import WINDOW, Visits, micros
from customers.domain.time_zones import local_date

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def visits_by_day(visits: Visits, zone: str, now: datetime) -> list[tuple[date, int]]:
    """The visits of the last 90 days by day of a time zone, oldest first: as many as `Visits.within_window` counts.

    Beyond 2,000 visits, the oldest are known by their day in UTC only.
    """
    begins = now - WINDOW
    first = bisect_right(visits.exact, micros(begins))
    days = Counter(local_date(_EPOCH + timedelta(microseconds=instant), zone) for instant in visits.exact[first:])
    for day, number in visits.by_day:
        ends = _EPOCH + timedelta(days=day + 1)
        if ends > begins:
            days[(ends - timedelta(days=1)).date()] += number
    return sorted(days.items())
