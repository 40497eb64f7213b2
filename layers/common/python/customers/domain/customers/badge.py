"""The badge: a classification derived from activity alone, and why it is what it is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from customers.domain.customers.activity import Activity
from customers.domain.enterprise import Thresholds
from customers.domain.lean_dataclass import dataclass

Badge = Literal["lapsed", "vip", "regular", "new"]
Rule = Literal["no_visit_in_90d", "visits_in_90d", "lifetime_spend", "visit_count", "none_met"]


@dataclass(frozen=True, slots=True)
class BadgeReason:
    """The first rule that fits. A gap is what a measure still lacks. Closing one gap of a tier is enough."""

    badge: Badge
    rule: Rule
    visit_count: int
    visit_count_last_90d: int
    lifetime_spend_minor: int
    thresholds: Thresholds

    @property
    def gaps(self) -> dict[Literal["regular", "vip"], dict[str, int]]:
        """Per higher tier and measure, what is missing. A lapsed customer's next visit counts first."""
        limits = self.thresholds
        vip = {
            "visit_count_last_90d": limits.vip_visits_90d - self.visit_count_last_90d,
            "lifetime_spend_minor": max(0, limits.vip_lifetime_spend_minor - self.lifetime_spend_minor),
        }
        regular = {"visit_count": max(0, limits.regular_visits - self.visit_count)}
        match self.badge:
            case "vip":
                return {}
            case "regular":
                return {"vip": vip}
            case _:
                return {"regular": regular, "vip": vip}


def explain_badge(activity: Activity, thresholds: Thresholds, now: datetime) -> BadgeReason:
    """Classify, first rule that fits: lapsed, vip, regular, new."""
    within = activity.visits_within_window(now)
    badge, rule = _classify(activity, within, thresholds)
    # Refunds can come before their purchases. What is shown is at least 0, and the gaps follow from it.
    spend = max(0, activity.lifetime_spend_minor)
    return BadgeReason(badge, rule, activity.visit_count, within, spend, thresholds)


def _classify(activity: Activity, within: int, limits: Thresholds) -> tuple[Badge, Rule]:
    if activity.visit_count > 0 and within == 0:
        return "lapsed", "no_visit_in_90d"
    if within >= limits.vip_visits_90d:
        return "vip", "visits_in_90d"
    return lifetime_badge(activity, limits)


def lifetime_badge(activity: Activity, limits: Thresholds) -> tuple[Badge, Rule]:
    """The badge by lifetime figures alone, which does not change as days pass."""
    if activity.lifetime_spend_minor >= limits.vip_lifetime_spend_minor:
        return "vip", "lifetime_spend"
    if activity.visit_count >= limits.regular_visits:
        return "regular", "visit_count"
    return "new", "none_met"
