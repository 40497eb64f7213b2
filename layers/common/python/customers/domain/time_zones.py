"""The days of an enterprise, in its own IANA time zone. The package tzdata has the zones where the system has none."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from customers.domain.enterprise import DEFAULT_ZONE


@cache
def known_zones() -> frozenset[str]:
    """The names of all IANA time zones."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


def local_date(at: datetime, zone: str) -> date:
    """The day that an instant belongs to."""
    return at.astimezone(_zone(zone)).date()


def midnight(day: date, zone: str = DEFAULT_ZONE) -> datetime:
    """The instant at which a day begins, in UTC. If clocks skip midnight, it is somewhat later."""
    return datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).astimezone(UTC)


@cache
def _zone(name: str) -> tzinfo:
    return UTC if name == DEFAULT_ZONE else ZoneInfo(name)
