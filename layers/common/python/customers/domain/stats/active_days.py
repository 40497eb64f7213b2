"""The days on which a customer was active: the enterprise's own days with at least one of the customer's visits.

A visit is what the badge counts as one. A customer's row has the visits of the last 90 days. So these days follow from
the row, like the badge: after a late purchase, a duplicate, a merge, an unmerge, or in another time zone. An older day
is over: nothing changes it any more, and nobody reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from customers.domain.customers.visit_days import visits_by_day
from customers.domain.customers.visits import WINDOW, Visits
from customers.domain.time_zones import local_date

REMEMBERED = timedelta(days=7)
"""A note keeps a day so much longer than it is read: a slower clock, or another time zone, may come back to it."""


def first_active_day(now: datetime, zone: str) -> date:
    """The first of the enterprise's days that lie whole in the last 90 times 24 hours. With today they are 90 days."""
    return local_date(now - WINDOW, zone) + timedelta(days=1)


def active_days(visits: Visits, zone: str, now: datetime) -> Sequence[date]:
    """From `first_active_day` on, oldest first.

    Of a customer with more than 2,000 visits in the window, the oldest are known by their day in UTC only.
    """
    first = first_active_day(now, zone)
    return [day for day, _ in visits_by_day(visits, zone, now) if day >= first]
