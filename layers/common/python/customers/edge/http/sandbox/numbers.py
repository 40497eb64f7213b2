"""The reserved numbers. They begin with +97410: Qatar's plan has no such number, so they can be nobody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.domain.customers.activity import Activity
from customers.domain.customers.locked import Locked
from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import InProgress, Throttled, Unavailable

BEGINNING = "+97410"
SESSION = "ses_sandbox"
"""A session that is identified as the first of the numbers."""
_CYCLE = 4
"""Seconds: what recovers refuses in the first half of each."""
_LOCKED_FOR = 60
"""Seconds in which money that expires is locked; for as many it is gone, and then it is there again."""

Build = Callable[[Phone, str, datetime], Profile]


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a number answers. A number without a person is a stranger's."""

    phone: str
    status: str
    """`data.status` of a lookup, or the code of its error."""
    meaning: str
    person: Build | None = None
    after_seconds: float = 0.0
    refuse: Callable[[datetime, bool], Exception | None] = lambda _now, _writes: None
    """The refusal of a request, by the time and by whether it writes."""
    on_writes: str | None = None
    """The code of the error of writes, where it differs."""

    @property
    def recovers(self) -> bool:
        """Whether the same request passes a little later."""
        return self.refuse is _recovering


def _named(name: str) -> Build:
    def person(phone: Phone, currency: str, now: datetime) -> Profile:
        since = now.replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=1)
        return Profile(_id(phone), phone, currency, verified=True, name=name, member_since=since)

    return person


def _proto(phone: Phone, currency: str, now: datetime) -> Profile:
    return Profile(_id(phone), phone, currency, locked=Locked().with_grant(2500, now + timedelta(days=30)))


def _disabled(phone: Phone, currency: str, _now: datetime) -> Profile:
    return Profile(_id(phone), phone, currency, verified=True, disabled=True, name="Disabled Customer")


def _rich(phone: Phone, currency: str, now: datetime) -> Profile:
    activity = Activity()
    for days in range(27):
        activity = activity.visited(now - timedelta(days=1 + days * 9), 4500)
    return Profile(
        _id(phone),
        phone,
        currency,
        verified=True,
        name="Layla Maryam bint Hassan Al-Sandbox",
        member_since=now.replace(microsecond=0) - timedelta(days=400),
        balance_minor=123_456_789,
        locked=Locked(for_good=1000).with_grant(2500, now + timedelta(days=7)),
        activity=activity,
        preferences={"milk": "oat", "sugar": 0, "table": "window"},
        consent={"marketing": True},
    )


def _expiring(phone: Phone, currency: str, now: datetime) -> Profile:
    second = int(now.timestamp())
    ends = second - second % (2 * _LOCKED_FOR) + _LOCKED_FOR
    locked = Locked().with_grant(2500, datetime.fromtimestamp(ends, now.tzinfo))
    return Profile(_id(phone), phone, currency, name="Expiring Customer", locked=locked)


def _id(phone: Phone) -> str:
    return f"usr_sandbox{phone.e164.removeprefix('+974')}"


def _throttled(_now: datetime | None = None, _writes: bool = False) -> Exception:
    return Throttled("phone", "is the sandbox's number for too many requests", 1)


def _unavailable(_now: datetime, _writes: bool) -> Exception:
    return Unavailable("is the sandbox's number for a part that does not answer")


def _recovering(now: datetime, _writes: bool) -> Exception | None:
    return _throttled() if int(now.timestamp()) % _CYCLE < _CYCLE // 2 else None


def _taken(_now: datetime, writes: bool) -> Exception | None:
    return InProgress("Idempotency-Key", "is the sandbox's: another request with it is at work") if writes else None


NUMBERS = (
    Reserved("+97410000001", "registered", "A verified customer with nothing yet.", _named("Sandbox Customer")),
    Reserved("+97410000002", "pending_proof", "Unverified, with cashback that waits for 30 days.", _proto),
    Reserved("+97410000003", "not_found", "A stranger."),
    Reserved("+97410000004", "not_found", "A disabled customer: exactly as a stranger.", _disabled),
    Reserved("+97410000005", "registered", "A rich customer: VIP, both classes of money, preferences, consent.", _rich),
    Reserved(
        "+97410000006",
        "pending_proof",
        "Cashback that expires within a minute. A minute later it is there again, for a minute.",
        _expiring,
    ),
    Reserved("+97410000429", "RATE_LIMITED", "429 with `Retry-After: 1`, each time.", refuse=_throttled),
    Reserved("+97410000503", "UPSTREAM_UNAVAILABLE", "503 with `Retry-After: 1`, each time.", refuse=_unavailable),
    Reserved(
        "+97410001429",
        "RATE_LIMITED",
        "429 in the first two of each four seconds of our clock; then a verified customer.",
        _named("Recovered Customer"),
        refuse=_recovering,
    ),
    Reserved(
        "+97410000600",
        "registered",
        "The answer comes after 0.6 s: look up another number meanwhile, and this answer must not be shown.",
        _named("Late Customer"),
        after_seconds=0.6,
    ),
    Reserved("+97410002000", "registered", "The answer comes after 2 s.", _named("Slow Customer"), after_seconds=2.0),
    Reserved(
        "+97410000409",
        "registered",
        "Reads answer as usual. A write is a 409 with `Retry-After: 1`: its key is taken.",
        _named("Busy Customer"),
        refuse=_taken,
        on_writes="IDEMPOTENCY_IN_PROGRESS",
    ),
)
"""Every further number that begins with +97410 is a stranger's, whatever the facts say."""
BY_PHONE = {each.phone: each for each in NUMBERS}
EXPIRES = _LOCKED_FOR
