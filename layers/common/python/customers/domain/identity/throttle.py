"""How often links may be sent: to one number, and to one customer, within any 24 hours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from customers.domain.refusals import Throttled

MOST_LINKS = 5
WITHIN = timedelta(hours=24)


def one_more(*histories: Sequence[datetime], now: datetime) -> list[list[datetime]]:
    """Each history with `now` at its end and without what is past: the instants of requests, the earliest first.

    Raises `Throttled` where one of them is full, with the seconds until none is.
    """
    recent = [[at for at in history if at > now - WITHIN] for history in histories]
    full = [each for each in recent if len(each) >= MOST_LINKS]
    if full:
        free = max(each[-MOST_LINKS] for each in full) + WITHIN
        raise Throttled(
            "phone",
            f"has had {MOST_LINKS} links to verify it, or its customer has, within 24 hours; "
            "try again after the seconds in Retry-After",
            math.ceil((free - now).total_seconds()),
        )
    return [[*each, now] for each in recent]
