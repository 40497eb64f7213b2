"""The visits that a badge depends on, in bounded space.

The newest `MOST_EXACT` visits are kept to the microsecond, all older ones of the last 91 days by the day (UTC). What is
kept depends on the visits alone, never on the order in which they were told.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from customers.domain.lean_dataclass import dataclass

WINDOW = timedelta(days=90)
MOST_EXACT = 2000
"""Visits. Up to this number in the window are counted exactly; beyond it, the oldest day in the window counts whole."""

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1) // _MICROSECOND
# A day more than the window is kept, so that a till whose clock runs ahead pushes no visit out early.
_KEPT = (WINDOW + timedelta(days=1)) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Visits:
    """`exact` holds instants in microseconds (epoch), ascending. `by_day` holds day (epoch) and number, ascending."""

    exact: tuple[int, ...] = ()
    by_day: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        return len(self.exact) + sum(number for _, number in self.by_day)

    def with_one(self, at: datetime) -> Visits:
        """With one more visit."""
        instant = micros(at)
        days = Counter(dict(self.by_day))
        exact = list(self.exact)
        if len(exact) >= MOST_EXACT and instant < exact[0]:
            days[instant // _DAY] += 1
        else:
            insort(exact, instant)
        return _bounded(exact, days)

    def without(self, at: datetime) -> Visits:
        """Without one visit. Only for a visit that a later one replaces at once."""
        instant = micros(at)
        position = bisect_left(self.exact, instant)
        if position < len(self.exact) and self.exact[position] == instant:
            return Visits(self.exact[:position] + self.exact[position + 1 :], self.by_day)
        days = Counter(dict(self.by_day))
        if days[instant // _DAY] > 0:
            days[instant // _DAY] -= 1
        return Visits(self.exact, _sorted(days))

    def joined(self, other: Visits) -> Visits:
        """The visits of both."""
        days = Counter(dict(self.by_day))
        days.update(dict(other.by_day))
        return _bounded(sorted((*self.exact, *other.exact)), days)

    def until(self, last: datetime) -> Visits:
        """Without the days that are over for every reader once there has been a visit at `last`."""
        first_day = (micros(last) - _KEPT) // _DAY
        position = bisect_left(self.exact, first_day * _DAY)
        return Visits(self.exact[position:], tuple((day, number) for day, number in self.by_day if day >= first_day))

    def within_window(self, now: datetime) -> int:
        """Visits of the last 90 days: one made exactly 90 days ago no longer counts. A day by itself counts until all
        of it is 90 days old.
        """
        begins = micros(now - WINDOW)
        whole = sum(number for day, number in self.by_day if (day + 1) * _DAY > begins)
        return len(self.exact) - bisect_right(self.exact, begins) + whole

    def leaves(self, nth_newest: int) -> int | None:
        """The instant (microseconds, epoch) that is as old as the n-th newest visit counts. None if there are fewer."""
        if nth_newest <= len(self.exact):
            return self.exact[-nth_newest]
        counted = len(self.exact)
        for day, number in reversed(self.by_day):
            counted += number
            if nth_newest <= counted:
                return (day + 1) * _DAY
        return None


NO_VISITS = Visits()


def micros(at: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def _bounded(exact: list[int], days: Counter[int]) -> Visits:
    surplus = max(0, len(exact) - MOST_EXACT)
    days.update(instant // _DAY for instant in exact[:surplus])
    return Visits(tuple(exact[surplus:]), _sorted(days))


def _sorted(days: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple((day, number) for day, number in sorted(days.items()) if number)
