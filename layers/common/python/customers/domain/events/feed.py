"""The feed of published events: what a reader gets, and how far behind it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

KEPT = timedelta(days=30)
"""How old an event may be where a reader begins."""
GRACE = timedelta(days=1)
"""How much longer an event is there for a reader who has begun."""
LAG = timedelta(seconds=90)
"""A publisher is stopped after a minute. Half a minute more is for clocks that differ, and for a commit under way. What
was stamped before is in the feed, where every read sees it, or never will be with that stamp.
"""

Positions = Mapping[str, int]
"""For each bucket of the feed, the number of the last event that was read. A missing bucket has not been begun: the
oldest event that is kept is its next one.
"""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A published event, with the instant at which the feed took it."""

    type: str
    published_at: datetime
    detail: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some events, and where the next page begins. `more` says whether there are more now."""

    events: Sequence[FeedEvent]
    positions: Positions
    more: bool
    watermark: datetime
    """All events that were published before it are on the pages up to this one."""


def watermark(now: datetime, read_until: Iterable[datetime]) -> datetime:
    """`read_until` has the last instant that was read of each bucket in which there is more."""
    return min([now - LAG, *read_until])
