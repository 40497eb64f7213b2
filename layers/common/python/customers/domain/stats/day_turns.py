"""When an enterprise's day has begun, so that its badges are looked at."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from customers.domain.time_zones import local_date, midnight

EVERY = timedelta(minutes=15)
"""All midnights of the world are whole quarters of an hour."""
FIRST_HOUR = timedelta(hours=1)
LATER = timedelta(hours=6)


def day_to_look_at(now: datetime, zone: str) -> date | None:
    """The day that has begun, in the first hour after its midnight, and in one run every six hours after that.

    A look at a day that is done finds nobody. So the further looks only make good for a run that was lost.
    """
    today = local_date(now, zone)
    elapsed = now - midnight(today, zone)
    return today if elapsed < FIRST_HOUR or elapsed % LATER < EVERY else None
