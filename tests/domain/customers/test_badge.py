"""The badge follows from activity alone, and its reason says how."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY, Activity
from customers.domain.customers.badge import Badge, BadgeReason, Rule, explain_badge
from customers.domain.customers.visits import WINDOW
from customers.domain.enterprise import Thresholds

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
USUAL = Thresholds()


def activity(recent: int = 0, before: int = 0, spend: int = 0) -> Activity:
    """So many visits in the last 90 days, so many before."""
    found = NO_ACTIVITY
    for number in range(recent):
        found = found.visited(NOW - timedelta(days=number), 0)
    for number in range(before):
        found = found.visited(NOW - WINDOW - timedelta(days=number), 0)
    return replace(found, lifetime_spend_minor=spend)


def explain(recent: int = 0, before: int = 0, spend: int = 0, thresholds: Thresholds = USUAL) -> BadgeReason:
    return explain_badge(activity(recent, before, spend), thresholds, NOW)


@pytest.mark.parametrize(
    ("recent", "before", "spend", "badge", "rule"),
    [
        (0, 0, 0, "new", "none_met"),
        (1, 0, 0, "new", "none_met"),
        (2, 0, 99_999, "new", "none_met"),
        (3, 0, 0, "regular", "visit_count"),
        (1, 2, 0, "regular", "visit_count"),
        (7, 50, 99_999, "regular", "visit_count"),
        (8, 0, 0, "vip", "visits_in_90d"),
        (8, 0, 200_000, "vip", "visits_in_90d"),
        (1, 0, 100_000, "vip", "lifetime_spend"),
        (7, 0, 100_000, "vip", "lifetime_spend"),
        (0, 0, 100_000, "vip", "lifetime_spend"),
        (0, 1, 0, "lapsed", "no_visit_in_90d"),
        (0, 20, 500_000, "lapsed", "no_visit_in_90d"),
        (2, 0, -500, "new", "none_met"),
    ],
)
def test_the_first_rule_that_fits_decides(recent: int, before: int, spend: int, badge: Badge, rule: Rule) -> None:
    reason = explain(recent, before, spend)
    assert (reason.badge, reason.rule) == (badge, rule)


def test_a_vip_lapses_ninety_days_after_the_last_visit() -> None:
    regular_guest = activity(recent=9, spend=200_000)
    last = NOW + WINDOW - timedelta(seconds=1)
    assert explain_badge(regular_guest, USUAL, last).badge == "vip"
    assert explain_badge(regular_guest, USUAL, NOW + WINDOW).badge == "lapsed"


def test_an_enterprise_can_set_its_own_thresholds() -> None:
    own = Thresholds(vip_visits_90d=2, vip_lifetime_spend_minor=500, regular_visits=1)
    assert explain(1, thresholds=own).badge == "regular"
    assert explain(2, thresholds=own).rule == "visits_in_90d"
    assert explain(1, spend=500, thresholds=own).rule == "lifetime_spend"
    assert explain(1, spend=500, thresholds=own).thresholds == own


def test_the_gap_is_what_each_measure_lacks() -> None:
    assert explain(1, 1, 40_000).gaps == {
        "regular": {"visit_count": 1},
        "vip": {"visit_count_last_90d": 7, "lifetime_spend_minor": 60_000},
    }
    assert explain(5, 0, 40_000).gaps == {"vip": {"visit_count_last_90d": 3, "lifetime_spend_minor": 60_000}}
    assert explain(8).gaps == {}


def test_what_a_lapsed_customer_has_already_is_no_gap() -> None:
    assert explain(0, 20, 500_000).gaps == {
        "regular": {"visit_count": 0},
        "vip": {"visit_count_last_90d": 8, "lifetime_spend_minor": 0},
    }


ACTIVITIES = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(-1000, 300_000))
THRESHOLDS = st.builds(Thresholds, st.integers(1, 20), st.integers(1, 300_000), st.integers(1, 40))


@given(ACTIVITIES, THRESHOLDS)
def test_the_reason_lets_a_reader_recompute_badge_and_gaps(of: tuple[int, int, int], limits: Thresholds) -> None:
    reason = explain(*of, thresholds=limits)
    visits, within, spend = reason.visit_count, reason.visit_count_last_90d, reason.lifetime_spend_minor
    rules: dict[Rule, tuple[bool, Badge]] = {
        "no_visit_in_90d": (visits > 0 and within == 0, "lapsed"),
        "visits_in_90d": (within >= limits.vip_visits_90d, "vip"),
        "lifetime_spend": (spend >= limits.vip_lifetime_spend_minor, "vip"),
        "visit_count": (visits >= limits.regular_visits, "regular"),
        "none_met": (True, "new"),
    }
    assert tuple(rules) == get_args(Rule)
    fired = next(rule for rule, (fits, _) in rules.items() if fits)
    assert (reason.rule, reason.badge) == (fired, rules[fired][1])
    assert (visits, within, spend) == (of[0] + of[1], of[0], max(0, of[2]))


@given(ACTIVITIES, THRESHOLDS)
def test_closing_any_one_gap_of_a_tier_reaches_it(of: tuple[int, int, int], limits: Thresholds) -> None:
    recent, before, spend = of
    # A refund that came before its purchase brings the spend below 0 for a while. It is shown, and told from, 0.
    spend = max(0, spend)
    rank: list[Badge] = ["lapsed", "new", "regular", "vip"]
    reason = explain(recent, before, spend, limits)
    comeback = 1 if reason.badge == "lapsed" else 0
    assert set(reason.gaps) == set({"vip", "regular"} if rank.index(reason.badge) < 2 else {"vip"} - {reason.badge})
    for tier, gaps in reason.gaps.items():
        for measure, gap in gaps.items():
            visits, more = (0, gap) if measure == "lifetime_spend_minor" else (gap, 0)
            closed = explain(recent + max(visits, comeback), before, spend + more, limits)
            assert rank.index(closed.badge) >= rank.index(tier)


@given(ACTIVITIES, THRESHOLDS)
def test_no_gap_is_wider_than_what_is_missing(of: tuple[int, int, int], limits: Thresholds) -> None:
    reason = explain(*of, thresholds=limits)
    missing = {
        "visit_count": limits.regular_visits - reason.visit_count,
        "visit_count_last_90d": limits.vip_visits_90d - reason.visit_count_last_90d,
        "lifetime_spend_minor": limits.vip_lifetime_spend_minor - reason.lifetime_spend_minor,
    }
    for gaps in reason.gaps.values():
        for measure, gap in gaps.items():
            assert gap == max(0, missing[measure])
