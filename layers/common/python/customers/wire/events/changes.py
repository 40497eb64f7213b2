"""The feed of published events: the query and the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.enterprise import Settings
from customers.domain.events.feed import FeedPage
from customers.domain.instants import show_instant
from customers.domain.refusals import ValidationError
from customers.wire.events.published_examples import EXAMPLES
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, TypedDict

MOST, DEFAULT = 500, 100
_NUMBER = re.compile(r"[1-9]\d{0,2}", re.ASCII)

CHANGES_PARAMETERS = (
    Parameter(
        "limit",
        f"Events per page, at most. Default: {DEFAULT}.",
        schema={"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
        example=DEFAULT,
    ),
    Parameter(
        "cursor",
        "The `next_cursor` of the previous page, also of an empty one. Without a cursor the feed begins with the "
        "oldest event that is kept.",
    ),
)


@dataclass(frozen=True, slots=True)
class ChangesQuery:
    """The page."""

    limit: int
    cursor: str | None = field(repr=False)

    @staticmethod
    def read(request: Request, _settings: Settings) -> ChangesQuery:
        """Raises `ValidationError` naming the parameter to mend."""
        limit = request.one("limit")
        if limit is not None and not (_NUMBER.fullmatch(limit) and int(limit) <= MOST):
            raise ValidationError("limit", f"must be a whole number from 1 to {MOST}")
        return ChangesQuery(int(limit or DEFAULT), request.one("cursor"))


class ChangedEntry(TypedDict):
    type: str
    """The event's type, as on the bus: `customer.merged`."""
    published_at: Instant
    """When it was published. Events of one customer are in the order of the bus; those of different customers may not
    be in the order of this instant."""
    detail: Mapping[str, Any]
    """The event as on the bus, by the JSON Schema of its type. Ignore an `event_id` that you have seen."""


class ChangesData(TypedDict):
    events: list[ChangedEntry]
    next_cursor: str
    """The cursor of the next page. Keep it when you have handled this page. It is there on an empty page, too."""
    more: bool
    """Whether the next page has events already. If not, ask again some seconds later."""
    watermark: Instant
    """All events that were published before this instant are on the pages up to this one."""
    lag_seconds: int
    """How far the watermark is behind `fetched_at`: 90 seconds, or more while there are more pages."""
    fetched_at: Instant


def changes_data(page: FeedPage, next_cursor: str, now: datetime) -> ChangesData:
    """The answer."""
    return {
        "events": [
            {"type": each.type, "published_at": show_instant(each.published_at), "detail": each.detail}
            for each in page.events
        ],
        "next_cursor": next_cursor,
        "more": page.more,
        "watermark": show_instant(page.watermark),
        "lag_seconds": int((now - page.watermark).total_seconds()),
        "fetched_at": show_instant(now),
    }


CHANGES_EXAMPLE: ChangesData = {
    "events": [
        {
            "type": "customer.badge_changed",
            "published_at": "2026-06-04T21:00:08Z",
            "detail": EXAMPLES["customer.badge_changed"],
        }
    ],
    "next_cursor": "d7Wm1q9YkQ0o3HcLzY5t7uX0m4r6Jw9sVd1Lg2Ez8pTn5Kf3Aa",
    "more": False,
    "watermark": "2026-06-05T09:58:30Z",
    "lag_seconds": 90,
    "fetched_at": "2026-06-05T10:00:00Z",
}
