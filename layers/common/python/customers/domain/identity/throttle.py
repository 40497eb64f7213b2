"""How many links may be sent to one number, and to one customer, within 24 hours, and for an enterprise in a day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from customers.domain.refusals import Throttled

MOST_LINKS = 5
WITHIN = timedelta(hours=24)


def require_room(sent: int, most: int, now: datetime) -> None:
    """`sent` are the links of the day (UTC) for the whole enterprise.

    Raises `Throttled` if they are as many as the enterprise allows, with the seconds until the day ends.
    """
    if sent >= most:
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        raise Throttled(
            "sms_per_day",
            f"the enterprise's limit of {most} SMS a day is reached; try again after the seconds in Retry-After",
            math.ceil((tomorrow - now).total_seconds()),
        )


def one_more(*histories: Sequence[datetime], now: datetime) -> list[list[datetime]]:
    """Each history with `now` added and without expired instants. A history lists the instants of requests in order.

    Raises `Throttled` if a history is full, with the seconds until none is.
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
