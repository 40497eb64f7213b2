"""Search: the criteria and the answer. Plain types only: the catalogue imports this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, NotRequired

from customers.domain.customers.badge import Badge
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import MAX_TYPED
from customers.domain.instants import show_instant
from customers.domain.search import criteria
from customers.domain.search.criteria import Criteria, FoundStatus, Page
from customers.wire.customers.customer import Customer, customer_data
from customers.wire.customers.examples import ACTIVITY_EXAMPLE, BALANCE_EXAMPLE
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, Limits, TypedDict

MOST_SHOWN = 50
"""The most customers on a page."""
USUALLY_SHOWN = 20
SEARCH_DISABLED = "customer:DISABLED"
"""The permission to find disabled customers, so that their data can be exported or erased."""
MOST_READ = 100
"""The most candidates that are read for a page."""

Text = Annotated[str, Limits(min_length=1, max_length=200)]


class SearchBody(TypedDict):
    """All criteria are optional, and null means the same as leaving one out. A customer must match all of them. Without
    criteria the answer lists every customer, ordered by phone."""

    query: NotRequired[Text | None]
    """Words or digits. Words match as in `name`. Four digits match the end of a phone. Five or more digits, or any
    after `+` or `00`, match its beginning; without `+` or `00` they begin a national number of the enterprise's
    home region."""
    name: NotRequired[Text | None]
    """Words. Each must be the beginning of a word of the name. Case, accents, apostrophes, variants of letters and the
    Arabic article do not matter. In Chinese, Japanese and Korean each may be any part of a word."""
    phone_prefix: NotRequired[Annotated[str, Limits(min_length=1, max_length=MAX_TYPED)] | None]
    """The beginning of the phone in E.164: `+` and at least one digit. A phone that a merge has absorbed finds the
    survivor."""
    phone_last4: NotRequired[Annotated[str, Limits(min_length=4, max_length=4)] | None]
    """The last four digits of the phone, also of one that a merge has absorbed."""
    status: NotRequired[FoundStatus | None]
    """As in a lookup. `disabled` finds disabled customers and needs the permission `customer:DISABLED`; no other search
    finds them."""
    badge: NotRequired[Badge | None]
    """The badge at the time of the request."""
    limit: NotRequired[Annotated[int, Limits(ge=1, le=MOST_SHOWN)] | None]
    """The most customers to return. Default: 20. It may differ from page to page."""
    cursor: NotRequired[str | None]
    """The `next_cursor` of the previous page. The criteria must be exactly the same as there."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """The criteria and the page. A cursor is valid for one `bound`; `reads` is the number of candidates of a page."""

    criteria: Criteria
    limit: int
    cursor: str | None = field(repr=False)
    bound: str = field(repr=False)

    @property
    def reads(self) -> int:
        """If all candidates of the index match, no more are read than shown."""
        return self.limit if self.criteria.is_sourced else MOST_READ

    @staticmethod
    def read(request: Request, settings: Settings) -> SearchQuery:
        """Raises `ValidationError` naming the field to mend."""
        body = read_body(request, SearchBody)
        criteria = _criteria(body, settings)
        return SearchQuery(criteria, body.get("limit") or USUALLY_SHOWN, body.get("cursor"), _bound(body, criteria))


class FoundCustomer(Customer):
    customer_id: str
    status: FoundStatus


class SearchData(TypedDict):
    customers: list[FoundCustomer]
    """In a stable order: by the searched word, by phone or by customer id."""
    next_cursor: str | None
    """The cursor of the next page. Continue until it is null, however many customers a page has: a page checks a fixed
    number of candidates and returns those that match. It can have fewer than `limit`, even none, while more follow."""
    fetched_at: Instant


def search_data(page: Page, next_cursor: str | None, now: datetime) -> SearchData:
    """The answer."""
    return {
        "customers": [
            {"customer_id": profile.customer_id, "status": status, **customer_data(profile, reason, now)}
            for status, profile, reason in page.found
        ],
        "next_cursor": next_cursor,
        "fetched_at": show_instant(now),
    }


def _criteria(body: SearchBody, settings: Settings) -> Criteria:
    wanted = Criteria(status=body.get("status"), badge=body.get("badge"))
    if (query := body.get("query")) is not None:
        wanted &= criteria.by_free_text(query, settings.home_region, "query")
    if (name := body.get("name")) is not None:
        wanted &= criteria.by_words(name, "name")
    if (phone := body.get("phone_prefix")) is not None:
        wanted &= criteria.by_phone(phone, "phone_prefix")
    if (last := body.get("phone_last4")) is not None:
        wanted &= criteria.by_last4(last, "phone_last4")
    return wanted


def _bound(body: Mapping[str, Any], criteria: Criteria) -> str:
    """The criteria as sent, and the one that the index is read by."""
    given = {name: value for name, value in body.items() if name not in ("limit", "cursor") and value is not None}
    return json.dumps([given, criteria.source], sort_keys=True)


SEARCH_BODY_EXAMPLE: SearchBody = {"query": "layla", "status": "registered", "limit": 20}
SEARCH_EXAMPLE: SearchData = {
    "customers": [
        {
            "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
            "status": "registered",
            "name": "Layla Hassan",
            "phone": "+97433001122",
            "state": "VERIFIED",
            "member_since": "2025-11-02T08:14:00Z",
            "balance": BALANCE_EXAMPLE,
            "activity": ACTIVITY_EXAMPLE,
            "badge": "vip",
        }
    ],
    "next_cursor": "b1Yk0o3Q2yqHc8zY5t7uX0m4r6Jw9sVd1Lg2Ez8pTn5Kf3Aa",
    "fetched_at": "2026-06-05T09:10:00Z",
}
