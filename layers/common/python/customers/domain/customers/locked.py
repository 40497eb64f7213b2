"""Locked money by its end, in bounded space: a read ends it at `expires_at`, without a fact and without a write.

The `MOST_EXACT` ends that come first are kept to the second, all later ones by the day (UTC), at most `MOST_DAYS` of
them. What ended for every reader before the latest grant was told is not kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from customers.domain.lean_dataclass import dataclass

MOST_EXACT = 500
"""Distinct ends, in seconds."""
MOST_DAYS = 150
"""Distinct days beyond those. Everything later than the last but one of them ends on the last."""

Ends = tuple[tuple[int, int], ...]
"""When (seconds or days since 1970) and how much, ascending."""

_DAY = 24 * 60 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
"""By how much the clock of a fact's producer may be ahead."""


@dataclass(frozen=True, slots=True)
class Locked:
    """Open grants, as sums in minor units.

    `for_good` never ends. `exact` has seconds, `by_day` has days that count until their end. Nothing before the second
    `since` is kept, because all readers are past it.
    """

    for_good: int = 0
    exact: Ends = ()
    by_day: Ends = ()
    since: int = 0

    def at(self, now: datetime) -> int:
        """The sum that is locked at an instant."""
        return self.for_good + sum(amount for _, amount in self._to_come(now))

    def next_end(self, now: datetime) -> datetime | None:
        """When the first part of it ends; None if no part does."""
        ends = (second for second, amount in self._to_come(now) if amount)
        return min((_EPOCH + timedelta(seconds=second) for second in ends), default=None)

    def told(self, at: datetime) -> Locked:
        """After a fact about a grant that occurred at `at`: without the ends that all readers are past."""
        since = max(self.since, _second(at - _AHEAD))
        return _bounded(self.for_good, dict(self.exact), dict(self.by_day), since)

    def with_grant(self, amount: int, expires_at: datetime | None) -> Locked:
        """With one more amount, which may be negative."""
        if expires_at is None:
            return Locked(self.for_good + amount, self.exact, self.by_day, self.since)
        second, exact, by_day = _second(expires_at), dict(self.exact), dict(self.by_day)
        if (second // _DAY + 1) * _DAY <= self.since:
            return self
        if not self.by_day or (self.exact and second <= self.exact[-1][0]):
            exact[second] = exact.get(second, 0) + amount
        else:
            day = _place(second // _DAY, self.by_day) if amount < 0 else second // _DAY
            by_day[day] = by_day.get(day, 0) + amount
        return _bounded(self.for_good, exact, by_day, self.since)

    def joined(self, other: Locked) -> Locked:
        """The locked money of both."""
        exact, by_day = dict(self.exact), dict(self.by_day)
        for mine, theirs in ((exact, other.exact), (by_day, other.by_day)):
            for end, amount in theirs:
                mine[end] = mine.get(end, 0) + amount
        return _bounded(self.for_good + other.for_good, exact, by_day, max(self.since, other.since))

    def _to_come(self, now: datetime) -> Iterator[tuple[int, int]]:
        """Ends in seconds after `now`, with amounts."""
        second = _second(now)
        yield from ((end, amount) for end, amount in self.exact if end > second)
        yield from (((day + 1) * _DAY, amount) for day, amount in self.by_day if (day + 1) * _DAY > second)


NOTHING_LOCKED = Locked()


def has_ended(expires_at: datetime | None, at: datetime) -> bool:
    """Whether a grant with this `expires_at` has ended by an instant: from the second of `expires_at` on."""
    return expires_at is not None and _second(at) >= _second(expires_at)


def _bounded(for_good: int, exact: Mapping[int, int], by_day: Mapping[int, int], since: int) -> Locked:
    seconds = sorted((end, amount) for end, amount in exact.items() if amount and end >= since)
    days = {day: amount for day, amount in by_day.items() if amount and (day + 1) * _DAY > since}
    for second, amount in seconds[MOST_EXACT:]:
        days[second // _DAY] = days.get(second // _DAY, 0) + amount
    kept, surplus = sorted(days.items())[:MOST_DAYS], sorted(days.items())[MOST_DAYS:]
    if surplus:
        kept[-1] = (surplus[-1][0], kept[-1][1] + sum(amount for _, amount in surplus))
    return Locked(for_good, tuple(seconds[:MOST_EXACT]), tuple(kept), since)


def _place(day: int, by_day: Ends) -> int:
    """The day that has the money of a day: that day itself, or the first one after it."""
    position = bisect_left([each for each, _ in by_day], day)
    return by_day[position][0] if position < len(by_day) else day


def _second(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)
