"""The answer explains itself: badge, rule and gaps follow from what stands beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.profile import Profile
from customers.domain.customers.visits import WINDOW
from customers.domain.enterprise import Settings, Thresholds
from customers.domain.identifiers.phone import Phone
from customers.wire.customers.badge_reason import BADGE_EXAMPLE, badge_answer

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
THRESHOLDS = st.builds(Thresholds, st.integers(1, 20), st.integers(1, 300_000), st.integers(1, 40))


def recomputed(told: dict[str, Any]) -> dict[str, Any]:
    """Badge, rule and gaps by the published rules, from the answer alone."""
    measures, limits = told["measures"], told["thresholds"]
    visits, within, spend = (measures[name] for name in ("visit_count", "visit_count_last_90d", "lifetime_spend_minor"))
    regular = {"visit_count": max(0, limits["regular_visits"] - visits)}
    vip = {
        "visit_count_last_90d": max(0, limits["vip_visits_90d"] - within),
        "lifetime_spend_minor": max(0, limits["vip_lifetime_spend_minor"] - spend),
    }
    if visits > 0 and within == 0:
        return {"badge": "lapsed", "rule": "no_visit_in_90d", "gaps": {"regular": regular, "vip": vip}}
    if within >= limits["vip_visits_90d"]:
        return {"badge": "vip", "rule": "visits_in_90d", "gaps": {}}
    if spend >= limits["vip_lifetime_spend_minor"]:
        return {"badge": "vip", "rule": "lifetime_spend", "gaps": {}}
    if visits >= limits["regular_visits"]:
        return {"badge": "regular", "rule": "visit_count", "gaps": {"vip": vip}}
    return {"badge": "new", "rule": "none_met", "gaps": {"regular": regular, "vip": vip}}


def _decided(told: Any) -> dict[str, Any]:
    return {name: told[name] for name in ("badge", "rule", "gaps")}


@given(st.integers(0, 20), st.integers(0, 20), st.integers(-1000, 300_000), THRESHOLDS)
def test_badge_rule_and_gaps_follow_from_the_answer_alone(
    recent: int, before: int, spend: int, limits: Thresholds
) -> None:
    activity = NO_ACTIVITY
    for number in range(recent):
        activity = activity.visited(NOW - timedelta(days=number), 0)
    for number in range(before):
        activity = activity.visited(NOW - WINDOW - timedelta(days=number), 0)
    activity = replace(activity, lifetime_spend_minor=spend)
    profile = Profile("usr_1", Phone("+97433001122"), "QAR", verified=True, activity=activity)
    answer = badge_answer("registered", profile, Settings("Acme", "QAR", badge=limits), NOW)
    told = json.loads(json.dumps(answer))
    assert _decided(told) == recomputed(told)
    assert told["measures"] == {
        "visit_count": recent + before,
        "visit_count_last_90d": recent,
        "lifetime_spend_minor": max(0, spend),
    }


def test_the_example_of_the_page_does_too() -> None:
    assert _decided(BADGE_EXAMPLE) == recomputed(dict(BADGE_EXAMPLE))
