"""An enterprise's list of refused facts: the query and the answer, without personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from customers.domain.enterprise import Settings
from customers.domain.facts.refused_facts import ListedFact
from customers.domain.instants import show_instant
from customers.wire.http.paging import CURSOR, limit_of, read_limit
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, TypedDict

REFUSED_FACTS_PARAMETERS = (limit_of("Refused facts"), CURSOR)


@dataclass(frozen=True, slots=True)
class RefusedFactsQuery:
    """The page."""

    limit: int
    cursor: str | None = field(repr=False)

    @staticmethod
    def read(request: Request, _settings: Settings) -> RefusedFactsQuery:
        """Raises `ValidationError` naming the parameter to mend."""
        return RefusedFactsQuery(read_limit(request.one("limit")), request.one("cursor"))


class RefusedFactEntry(TypedDict):
    refused_fact_id: str
    type: str | None
    """The fact's type as it was sent; null if it does not look like a type."""
    source: str | None
    """The event's source; null if it does not look like one."""
    fact_id: str | None
    """The producer's id of the fact: find it there, fix it, and send it again under the same id."""
    reason: str
    """Why the fact was refused, as `field: issue`."""
    occurred_at: Instant | None
    refused_at: Instant
    expires_at: Instant
    """When it leaves the list."""


class RefusedFactsData(TypedDict):
    refused_facts: list[RefusedFactEntry]
    """Newest first. A page may have fewer than `limit`, or none, and still have a `next_cursor`."""
    next_cursor: str | None
    """The cursor of the next page; null on the last page."""
    fetched_at: Instant


def refused_facts_data(page: list[ListedFact], next_cursor: str | None, now: datetime) -> RefusedFactsData:
    """The answer."""
    return {
        "refused_facts": [_entry(each) for each in page],
        "next_cursor": next_cursor,
        "fetched_at": show_instant(now),
    }


def _entry(fact: ListedFact) -> RefusedFactEntry:
    return {
        "refused_fact_id": fact.id,
        "type": fact.shown.get("type"),
        "source": fact.shown.get("source"),
        "fact_id": fact.shown.get("fact_id"),
        "reason": fact.reason,
        "occurred_at": show_instant(fact.occurred_at) if fact.occurred_at else None,
        "refused_at": show_instant(fact.refused_at),
        "expires_at": show_instant(fact.expires_at),
    }


REFUSED_FACTS_EXAMPLE: RefusedFactsData = {
    "refused_facts": [
        {
            "refused_fact_id": "0b6f3d5e-6a37-4c1c-9f43-2d2f6a1f7b10",
            "type": "balance.topped_up",
            "source": "partner.wallet",
            "fact_id": "topup-2026-06-05-000041",
            "reason": "currency: must be the enterprise's currency, QAR",
            "occurred_at": "2026-06-05T09:10:00Z",
            "refused_at": "2026-06-05T09:10:02Z",
            "expires_at": "2026-07-05T09:10:02Z",
        }
    ],
    "next_cursor": "d7Wm1q9YkQ0o3HcLzY5t7uX0m4r6Jw9sVd1Lg2Ez8pTn5Kf3Aa",
    "fetched_at": "2026-06-05T10:00:00Z",
}
