"""Search: the criteria and the answer. Plain types only, for the catalogue reads them."""

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
"""Customers of a page."""
USUALLY_SHOWN = 20
SEARCH_DISABLED = "customer:DISABLED"
"""The permission to find disabled customers, so that their data can be exported or erased."""
MOST_READ = 100
"""Customers of whom some may fit, read for a page."""

Text = Annotated[str, Limits(min_length=1, max_length=200)]


class SearchBody(TypedDict):
    """All criteria are optional, null is as if left out, and all that are given must hold. Without any, the answer is
    everybody, in the order of phones."""

    query: NotRequired[Text | None]
    """Words, as in `name`; or digits, however they are written: four are the last four of a phone; five or more, and
    any after a `+` or `00`, are its first, without these the first of a national number of the enterprise's home
    region."""
    name: NotRequired[Text | None]
    """Words, whatever their case, accents or way of writing. Each must be the beginning of a word of the name."""
    phone_prefix: NotRequired[Annotated[str, Limits(min_length=1, max_length=MAX_TYPED)] | None]
    """The beginning of the phone in E.164: `+` and at least one digit."""
    phone_last4: NotRequired[Annotated[str, Limits(min_length=4, max_length=4)] | None]
    """The last four digits of the phone."""
    status: NotRequired[FoundStatus | None]
    """As in a lookup. `disabled` finds disabled customers and needs the permission `customer:DISABLED`; no other search
    finds them."""
    badge: NotRequired[Badge | None]
    """The badge at the moment of the answer."""
    limit: NotRequired[Annotated[int, Limits(ge=1, le=MOST_SHOWN)] | None]
    """How many customers to show at most; 20 unless told. It may differ from page to page."""
    cursor: NotRequired[str | None]
    """The `next_cursor` of the page before; the criteria must be the same as there, to the letter."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for. `bound` is what a cursor is good for; `reads` is how many candidates a page looks at."""

    criteria: Criteria
    limit: int
    cursor: str | None = field(repr=False)
    bound: str = field(repr=False)

    @property
    def reads(self) -> int:
        """Where all whom the index names fit, no more are read than are shown."""
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
    """In an order that stays: of the word that was searched by, of the phone, or of the customer id."""
    next_cursor: str | None
    """Go on with it while it is not null, whatever the number of customers: a page looks at so many of those who may
    fit, and shows those who do. It may hold fewer than `limit`, even none, and others may follow."""
    fetched_at: Instant


def search_data(page: Page, next_cursor: str | None, now: datetime) -> SearchData:
    """The answer."""
    return {
        "customers": [
            {"customer_id": profile.customer_id, "status": status, **customer_data(profile, reason)}
            for status, profile, reason in page.found
        ],
        "next_cursor": next_cursor,
        "fetched_at": show_instant(now),
    }


def _criteria(body: SearchBody, settings: Settings) -> Criteria:
    asked = Criteria(status=body.get("status"), badge=body.get("badge"))
    if (query := body.get("query")) is not None:
        asked &= criteria.by_free_text(query, settings.home_region, "query")
    if (name := body.get("name")) is not None:
        asked &= criteria.by_words(name, "name")
    if (phone := body.get("phone_prefix")) is not None:
        asked &= criteria.by_phone(phone, "phone_prefix")
    if (last := body.get("phone_last4")) is not None:
        asked &= criteria.by_last4(last, "phone_last4")
    return asked


def _bound(body: Mapping[str, Any], criteria: Criteria) -> str:
    """The criteria as they were given, and by which of them the index is read."""
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
