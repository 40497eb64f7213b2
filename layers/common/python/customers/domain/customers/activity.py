"""Visits and spend, exact at the instant of reading."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

WINDOW = timedelta(days=90)
# A day more than the window is kept, so that a till whose clock runs ahead pushes no visit out early.
_KEPT = int((WINDOW + timedelta(days=1)).total_seconds())


@dataclass(frozen=True, slots=True)
class Activity:
    """What a customer has done. `recent` holds the seconds (epoch) of the last 91 days' visits, ascending."""

    lifetime_spend_minor: int = 0
    visit_count: int = 0
    last_visit_at: datetime | None = None
    recent: tuple[int, ...] = ()

    def visited(self, at: datetime, amount_minor: int) -> Activity:
        """One completed purchase more. The order of purchases does not matter."""
        recent = list(self.recent)
        insort(recent, int(at.timestamp()))
        last = max(at, self.last_visit_at or at)
        kept_after = int(last.timestamp()) - _KEPT
        return Activity(
            lifetime_spend_minor=self.lifetime_spend_minor + amount_minor,
            visit_count=self.visit_count + 1,
            last_visit_at=last,
            recent=tuple(second for second in recent if second > kept_after),
        )

    def restated(self, before: datetime, after: datetime, difference_minor: int) -> Activity:
        """A purchase that had counted at `before` is now said to have been made at `after`, which is later."""
        recent = list(self.recent)
        second = int(before.timestamp())
        if second in recent:
            recent.remove(second)
        without = replace(self, visit_count=self.visit_count - 1, recent=tuple(recent))
        return without.visited(after, difference_minor)

    def refunded(self, amount_minor: int) -> Activity:
        """Spend is net of refunds; a refund is not a visit."""
        return replace(self, lifetime_spend_minor=self.lifetime_spend_minor - amount_minor)

    def visits_within_window(self, now: datetime) -> int:
        """Visits of the last 90 days: one made exactly 90 days ago no longer counts."""
        return len(self.recent) - bisect_right(self.recent, int((now - WINDOW).timestamp()))


NO_ACTIVITY = Activity()


def combined(one: Activity, other: Activity) -> Activity:
    """What two records tell of one person, as if all of it had been told of one."""
    last = max(filter(None, (one.last_visit_at, other.last_visit_at)), default=None)
    kept = int(last.timestamp()) - _KEPT if last else 0
    return Activity(
        lifetime_spend_minor=one.lifetime_spend_minor + other.lifetime_spend_minor,
        visit_count=one.visit_count + other.visit_count,
        last_visit_at=last,
        recent=tuple(second for second in sorted((*one.recent, *other.recent)) if second > kept),
    )


def pack(seconds: tuple[int, ...]) -> bytes:
    """Big-endian uint32 each: four bytes a visit, whatever DynamoDB client reads it."""
    return b"".join(second.to_bytes(4, "big") for second in seconds)


def unpack(packed: bytes) -> tuple[int, ...]:
    """The inverse of `pack`."""
    return tuple(int.from_bytes(packed[i : i + 4], "big") for i in range(0, len(packed), 4))
