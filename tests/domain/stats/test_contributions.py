"""Everybody's share in the figures: what is added up is what there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.locked import Locked
from customers.domain.customers.profile import Erased, Profile
from customers.domain.facts.account import Transaction
from customers.domain.facts.event_order import EventOrder
from customers.domain.identifiers.phone import Phone
from customers.domain.stats.contributions import (
    TOTALS,
    Counted,
    Counts,
    Place,
    contributions_of,
    difference,
    differences,
    total,
    transaction_contributions,
)
from customers.domain.stats.counting_rules import CountingRules

SOMEBODY = Profile("usr_1", Phone("+97433001122"), "QAR")
DAY = Place.day("2026-06-01")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
"""More than 90 days after every visit here, if a test does not say otherwise."""
COUNTS = st.dictionaries(st.sampled_from("abcd"), st.integers(-3, 3).filter(bool))


def totals(profile: Profile) -> Counts:
    """The contribution of a customer that only the totals include."""
    shares = contributions_of(profile, CountingRules(), NOW)
    assert shares.keys() == {TOTALS}
    return shares[TOTALS]


def test_a_customer_with_nothing_is_one_customer() -> None:
    assert totals(SOMEBODY) == {"customers_pending_proof": 1}
    assert totals(replace(SOMEBODY, verified=True)) == {"customers_verified": 1}
    assert totals(replace(SOMEBODY, verified=True, disabled=True)) == {"customers_disabled": 1}


def test_who_has_joined_is_new_on_that_day_even_if_shut_off_later() -> None:
    joined = replace(SOMEBODY, member_since=datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC))
    assert contributions_of(joined, CountingRules(), NOW)[DAY] == {"new_customers": 1}
    assert contributions_of(replace(joined, disabled=True), CountingRules(), NOW)[DAY] == {"new_customers": 1}


def test_who_has_visited_counts_as_returning_from_the_second_visit_on_and_not_while_shut_off() -> None:
    once = NO_ACTIVITY.visited(datetime(2026, 6, 1, 12, tzinfo=UTC), 700)
    twice = once.visited(datetime(2026, 6, 2, tzinfo=UTC), 700)
    seen = [contributions_of(replace(SOMEBODY, activity=each), CountingRules(), NOW) for each in (once, twice)]
    assert [share[TOTALS] for share in seen] == [
        {"customers_pending_proof": 1, "visited": 1},
        {"customers_pending_proof": 1, "visited": 1, "visited_again": 1},
    ]
    assert [share.keys() - {TOTALS} for share in seen] == [{Place.badges("2026-08-31")}] * 2
    assert totals(replace(SOMEBODY, activity=twice, disabled=True)) == {"customers_disabled": 1}


def test_who_visited_was_active_on_that_day_even_if_shut_off_or_anonymised_later() -> None:
    at = datetime(2026, 6, 1, 23, tzinfo=UTC)
    came = replace(SOMEBODY, activity=NO_ACTIVITY.visited(at, 1).visited(at + timedelta(minutes=1), 1))
    gone = replace(came, erased=Erased(at, "anonymized", "era_1"))
    for each in (came, replace(came, disabled=True), gone):
        assert contributions_of(each, CountingRules(), at)[Place.active("2026-06-01")] == {"active_customers": 1}
        assert contributions_of(each, CountingRules(time_zone="Asia/Qatar"), at)[Place.active("2026-06-02")]
        assert Place.active("2026-06-01") not in contributions_of(each, CountingRules(), NOW)


def test_a_debt_is_conserved_and_is_nothing_to_spend() -> None:
    assert totals(replace(SOMEBODY, verified=True, balance_minor=-300)) == {
        "customers_verified": 1,
        "balance_minor": -300,
    }


def test_money_held_counts_whoever_holds_it_and_is_unclaimed_until_a_phone_is_verified() -> None:
    rich = replace(SOMEBODY, balance_minor=500, locked=Locked(70))
    held = {"balance_minor": 500, "spendable_minor": 500, "locked_minor": 70}
    assert totals(rich) == {"customers_pending_proof": 1, **held, "unclaimed_minor": 70}
    assert totals(replace(rich, verified=True)) == {"customers_verified": 1, **held}
    assert totals(replace(rich, disabled=True)) == {"customers_disabled": 1, **held}


def test_a_hard_delete_forfeits_what_was_locked_then_for_good() -> None:
    """What had ended by then is not forfeited, and what would have ended later stays forfeited."""
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    ended, later = (int((at + timedelta(seconds=each)).timestamp()) for each in (0, 1))
    locked = Locked(300, exact=((ended, 20), (later, 4)))
    deleted = replace(SOMEBODY, locked=locked, erased=Erased(at, "hard_deleted", "era_1"))
    assert totals(deleted) == {"forfeited_minor": 304}


def test_anonymising_forfeits_nothing() -> None:
    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    left = replace(SOMEBODY, locked=Locked(300), erased=Erased(at, "anonymized", "era_1"))
    assert totals(left) == {"locked_minor": 300, "unclaimed_minor": 300}


@given(COUNTS, COUNTS)
def test_what_was_before_and_the_difference_make_what_is(before: dict[str, int], after: dict[str, int]) -> None:
    assert total([before, difference(before, after)]) == after
    assert difference(after, after) == {}


def test_what_is_the_same_in_a_place_is_not_added_there() -> None:
    before, after = {TOTALS: {"a": 1}, DAY: {"a": 1}}, {TOTALS: {"a": 1}, Place.badges("2026-06-01"): {"vip": 1}}
    assert differences(before, after) == {DAY: {"a": -1}, Place.badges("2026-06-01"): {"vip": 1}}


@given(st.lists(COUNTS))
def test_shares_add_up_counter_by_counter(shares: list[dict[str, int]]) -> None:
    added = total(shares)
    assert {name: added.get(name, 0) for name in "abcd"} == {
        name: sum(share.get(name, 0) for share in shares) for name in "abcd"
    }
    assert 0 not in added.values()


def _transaction(kind: Literal["purchase", "refund"], branch_id: str | None) -> Transaction:
    return Transaction(
        kind, "order-1", 4500, branch_id, EventOrder(datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC), "f-1")
    )


def test_a_purchase_counts_on_its_day_and_in_its_branch() -> None:
    counted = Counted.of(_transaction("purchase", "north-1"))
    share = {"visits": 1, "spend_minor": 4500}
    assert transaction_contributions("purchase", counted) == {DAY: share, Place.day("2026-06-01", "north-1"): share}
    assert transaction_contributions("purchase", Counted.of(_transaction("purchase", None))) == {DAY: share}


def test_a_refund_counts_on_its_day() -> None:
    counted = Counted.of(_transaction("refund", None))
    assert transaction_contributions("refund", counted) == {DAY: {"refunds": 1, "refunded_minor": 4500}}


def test_what_has_not_been_counted_has_no_share() -> None:
    assert transaction_contributions("purchase", None) == {}
