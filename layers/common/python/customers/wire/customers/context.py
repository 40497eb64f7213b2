"""Context: the query and the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from customers.domain.customers.badge import explain_badge
from customers.domain.customers.profile import Flat, Profile
from customers.domain.enterprise import Settings
from customers.domain.instants import show_instant
from customers.wire.customers.customer import BadgeReasonData, Customer, badge_reason_data, customer_data
from customers.wire.http.paging import limit_of, read_limit
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Format, Instant, TypedDict
from customers.wire.identifiers.paths import ID_IN_PATH, read_id

if TYPE_CHECKING:  # a lookup's catalogue imports this module, and a lookup must not import the fold's modules
    from collections.abc import Sequence

    from customers.domain.facts.grants.grant import Grant
    from customers.domain.facts.history import Entry, Page
    from customers.domain.identity.merge import Absorbed

MAX_GRANTS = 100
MAX_ABSORBED = 100

CONTEXT_PARAMETERS = (
    ID_IN_PATH,
    limit_of("History entries"),
    Parameter(
        "cursor",
        "The `next_cursor` of the previous page. It works for this customer's history only; `limit` may differ.",
    ),
)


@dataclass(frozen=True, slots=True)
class ContextQuery:
    """The customer, and the page of the history. Without a cursor it is the first page, which has the customer too."""

    customer_id: str
    limit: int
    cursor: str | None = field(repr=False)

    @staticmethod
    def read(request: Request, _settings: Settings) -> ContextQuery:
        """Raises `ValidationError` naming the parameter, or `NotFound`."""
        limit, cursor = read_limit(request.one("limit")), request.one("cursor")
        return ContextQuery(read_id(request), limit, cursor)


class OpenGrant(TypedDict):
    grant_id: str
    amount_minor: int
    currency: str
    granted_at: Instant
    expires_at: Instant | None


class DayOfVisits(TypedDict):
    date: Annotated[str, Format("date")]
    """The day, in the enterprise's `time_zone`."""
    visits: int
    """Completed purchases of the day; 1 or more."""


class AbsorbedCustomer(TypedDict):
    customer_id: str
    phone: str
    """The phone that resolves to this customer since the merge."""
    merged_at: Instant


class ContextCustomer(Customer):
    customer_id: str
    provider_customer_ids: list[str]
    """The POS provider's own ids for the customer."""
    badge_reason: BadgeReasonData
    visits_by_day: list[DayOfVisits]
    """The visits of the last 90 days by day, oldest first, without the days that had none. Their sum is
    `visit_count_last_90d`."""
    preferences: Flat
    consent: dict[str, bool]
    """By purpose: true if the customer allows it, false if they refused or withdrew it."""
    grants: list[OpenGrant]
    """Promotional credits that are still locked, soonest to expire first; at most 100. A grant whose `expires_at` has
    passed is not in the list."""
    absorbed: list[AbsorbedCustomer]
    """Customers merged into this one, ordered by id; at most 100."""
    absorbed_count: int
    """How many customers have been merged into this one in all."""


class HistoryEntry(TypedDict):
    id: str
    """The id of the fact or event, unique in the enterprise."""
    type: str
    """A fact type that `GET /capabilities` lists, or `event.` and the type of an event that a till recorded.
    `event.session_identified` means that the customer was identified in the checkout session with that id."""
    occurred_at: Instant
    detail: dict[str, Any]
    """The entry's own fields, which depend on its type."""


class ContextData(TypedDict):
    customer: ContextCustomer | None
    """On the first page; null on later pages."""
    history: list[HistoryEntry]
    """Newest first, by `occurred_at`."""
    next_cursor: str | None
    """The cursor of the next page; null on the last page."""
    fetched_at: Instant


def context_customer(
    profile: Profile, grants: Sequence[Grant], absorbed: Sequence[Absorbed], settings: Settings, now: datetime
) -> ContextCustomer:
    """Everything about a customer except the history."""
    # Imported here, because a lookup's catalogue imports this module and must not pay for time zones.
    from customers.domain.customers.visit_days import visits_by_day

    reason = explain_badge(profile.activity, settings.badge, now)
    return {
        "customer_id": profile.customer_id,
        **customer_data(profile, reason, now),
        "provider_customer_ids": list(profile.provider_ids),
        "badge_reason": badge_reason_data(reason),
        "visits_by_day": [
            {"date": day.isoformat(), "visits": visits}
            for day, visits in visits_by_day(profile.activity.recent, settings.time_zone, now)
        ],
        "preferences": profile.preferences,
        "consent": {purpose: bool(given) for purpose, given in profile.consent.items()},
        "grants": [_grant(grant, profile.currency) for grant in grants],
        "absorbed": [
            {"customer_id": each.customer_id, "phone": each.phone.e164, "merged_at": show_instant(each.merged_at)}
            for each in absorbed
        ],
        "absorbed_count": profile.absorbed,
    }


def context_data(customer: ContextCustomer | None, page: Page, next_cursor: str | None, now: datetime) -> ContextData:
    """The answer: a page of the history; the first page has the customer too."""
    return {
        "customer": customer,
        "history": [_entry(entry) for entry in page.entries],
        "next_cursor": next_cursor,
        "fetched_at": show_instant(now),
    }


def _grant(grant: Grant, currency: str) -> OpenGrant:
    return {
        "grant_id": grant.grant_id,
        "amount_minor": grant.amount_minor,
        "currency": currency,
        "granted_at": show_instant(grant.granted.occurred_at),
        "expires_at": show_instant(grant.expires_at) if grant.expires_at else None,
    }


def _entry(entry: Entry) -> HistoryEntry:
    return {
        "id": entry.order.fact_id,
        "type": entry.type,
        "occurred_at": show_instant(entry.order.occurred_at),
        "detail": dict(entry.detail),
    }
