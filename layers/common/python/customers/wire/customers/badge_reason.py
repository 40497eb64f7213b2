"""Badge reason: the answer. Plain types only, as in a lookup."""

from __future__ import annotations

from datetime import datetime

from customers.domain.customers.badge import Badge, Rule, explain_badge
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import Status
from customers.domain.enterprise import Settings
from customers.domain.instants import show_instant
from customers.wire.customers.customer import Measures, ThresholdsData, badge_reason_data
from customers.wire.http.schema import Instant, TypedDict


class BadgeAnswer(TypedDict):
    """The fields of a lookup's `badge_reason`, without nesting. Badge, rule and gaps follow from the figures in it."""

    status: Status
    """As in a lookup. An unknown customer is `not_found` at HTTP 200, and the fields about the badge are null."""
    badge: Badge | None
    rule: Rule | None
    """The first rule that matched."""
    measures: Measures | None
    thresholds: ThresholdsData | None
    gaps: dict[str, dict[str, int]] | None
    """What is missing, for each higher badge and measure. Closing any one gap of a badge reaches it."""
    fetched_at: Instant


BADGE_EXAMPLE: BadgeAnswer = {
    "status": "registered",
    "badge": "regular",
    "rule": "visit_count",
    "measures": {"visit_count": 11, "visit_count_last_90d": 5, "lifetime_spend_minor": 84000},
    "thresholds": {"vip_visits_90d": 8, "vip_lifetime_spend_minor": 100000, "regular_visits": 3},
    "gaps": {"vip": {"visit_count_last_90d": 3, "lifetime_spend_minor": 16000}},
    "fetched_at": "2026-06-05T09:10:00Z",
}


def badge_answer(status: Status, profile: Profile | None, settings: Settings, now: datetime) -> BadgeAnswer:
    """The answer about a customer, or about a stranger."""
    reason = badge_reason_data(explain_badge(profile.activity, settings.badge, now)) if profile else None
    return {
        "status": status,
        "badge": reason["badge"] if reason else None,
        "rule": reason["rule"] if reason else None,
        "measures": reason["measures"] if reason else None,
        "thresholds": reason["thresholds"] if reason else None,
        "gaps": reason["gaps"] if reason else None,
        "fetched_at": show_instant(now),
    }
