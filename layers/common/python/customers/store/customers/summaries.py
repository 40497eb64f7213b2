"""Customers as they were a moment ago: what one worker has read lately is not read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone

MOST = 1000
"""Customers that are kept at a time: a few hundred bytes each, for seconds."""

Read = Callable[[str, Phone], Profile | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found at an instant; None where there was nobody, which is kept alike."""

    at: datetime
    profile: Profile | None


class Summaries:
    """Reads by enterprise and phone, each kept for as long as `keep` says and then dropped."""

    def __init__(self, read: Read, keep: timedelta, most: int = MOST) -> None:
        self._read = read
        self._keep = keep
        self._most = most
        # In the order of reading, so that those that were read first are dropped first.
        self._seen: dict[tuple[str, Phone], Seen] = {}

    def find(self, enterprise: str, phone: Phone, now: datetime) -> Seen:
        """No request where it was read lately, else one. Raises `Unavailable`."""
        self._forget(now)
        key = (enterprise, phone)
        if key not in self._seen:
            self._seen[key] = Seen(now, self._read(enterprise, phone))
            if len(self._seen) > self._most:
                del self._seen[next(iter(self._seen))]
        return self._seen[key]

    def _forget(self, now: datetime) -> None:
        """A clock that was set back makes everything old."""
        while self._seen:
            first = next(iter(self._seen))
            if timedelta() <= now - self._seen[first].at < self._keep:
                return
            del self._seen[first]
