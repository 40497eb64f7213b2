"""A customer and the reason of the badge, in the shape of every answer. Plain types only: a lookup imports this."""

from __future__ import annotations

from datetime import datetime

from customers.domain.customers.badge import Badge, BadgeReason, Rule
from customers.domain.customers.profile import Profile, State
from customers.domain.enterprise import Thresholds
from customers.domain.instants import show_instant
from customers.wire.http.schema import Instant, TypedDict


class Balance(TypedDict):
    spendable_minor: int
    """What the customer can spend now, in minor units."""
    locked_promo_minor: int
    """Promotional credit that is granted but not released, so it cannot be spent yet. A grant counts until the second
    of its `expires_at`. With more than 500 different future ends, the later ones are exact to the day (UTC)."""
    currency: str
    """ISO 4217."""


class ActivityData(TypedDict):
    lifetime_spend_minor: int
    """Net of refunds, at least 0."""
    visit_count: int
    """Completed purchases, ever."""
    visit_count_last_90d: int
    """Completed purchases in the 90 days before `fetched_at`, exact to the second up to 2,000 of them. Beyond that,
    all but the newest 2,000 are kept by the day (UTC), and a day counts until all of it is 90 days old."""
    last_visit_at: Instant | None


class Customer(TypedDict):
    name: str | None
    phone: str
    """E.164."""
    state: State
    member_since: Instant | None
    balance: Balance
    activity: ActivityData
    badge: Badge


class Measures(TypedDict):
    visit_count: int
    visit_count_last_90d: int
    lifetime_spend_minor: int


class ThresholdsData(TypedDict):
    vip_visits_90d: int
    vip_lifetime_spend_minor: int
    regular_visits: int


class BadgeReasonData(TypedDict):
    badge: Badge
    rule: Rule
    """The first rule that matched."""
    measures: Measures
    thresholds: ThresholdsData
    gaps: dict[str, dict[str, int]]
    """What is missing, for each higher badge and measure. Closing any one gap of a badge reaches it."""


def customer_data(profile: Profile, reason: BadgeReason, now: datetime) -> Customer:
    """The customer as the till's panel shows them at `now`. `reason` explains the badge."""
    activity = profile.activity
    return {
        "name": profile.name,
        "phone": profile.phone.e164,
        "state": profile.state,
        "member_since": show_instant(profile.member_since) if profile.member_since else None,
        "balance": {
            "spendable_minor": profile.spendable_minor,
            "locked_promo_minor": profile.locked.at(now),
            "currency": profile.currency,
        },
        "activity": {
            "lifetime_spend_minor": reason.lifetime_spend_minor,
            "visit_count": activity.visit_count,
            "visit_count_last_90d": reason.visit_count_last_90d,
            "last_visit_at": show_instant(activity.last_visit_at) if activity.last_visit_at else None,
        },
        "badge": reason.badge,
    }


def badge_reason_data(reason: BadgeReason) -> BadgeReasonData:
    """The badge, and everything that decided it."""
    limits: Thresholds = reason.thresholds
    return {
        "badge": reason.badge,
        "rule": reason.rule,
        "measures": {
            "visit_count": reason.visit_count,
            "visit_count_last_90d": reason.visit_count_last_90d,
            "lifetime_spend_minor": reason.lifetime_spend_minor,
        },
        "thresholds": {
            "vip_visits_90d": limits.vip_visits_90d,
            "vip_lifetime_spend_minor": limits.vip_lifetime_spend_minor,
            "regular_visits": limits.regular_visits,
        },
        "gaps": {tier: dict(gap) for tier, gap in reason.gaps.items()},
    }
