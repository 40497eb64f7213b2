"""Two accounts become one, by functions whose clocks differ: the merge that commits later is the later one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import Account, next_order
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import MOST_BROUGHT, blockers, combine
from customers.domain.instants import sortable_instant
from tests.support.facts import NOON


def _account(number: int) -> Account:
    return Account(Profile(f"usr_{number}", Phone(f"+9743300110{number}"), "QAR"))


def test_a_merge_that_commits_later_is_later_whatever_its_clock_says() -> None:
    survivor, first, second = (_account(number) for number in range(3))
    earlier = next_order([survivor.field_versions, first.field_versions], NOON, "mrg_1")
    merged = combine(survivor, first, earlier)
    later = next_order([merged.field_versions, second.field_versions], NOON - timedelta(milliseconds=5), "mrg_0")
    assert str(later) > str(earlier)
    assert combine(merged, second, later).field_versions["heard"] == sortable_instant(later.occurred_at)


def test_a_merged_customer_has_what_both_had() -> None:
    survivor, absorbed = _account(1), _account(2)
    survivor = replace(survivor, profile=replace(survivor.profile, balance_minor=500, absorbed=3))
    absorbed = replace(absorbed, profile=replace(absorbed.profile, balance_minor=30, absorbed=2))
    merged = combine(survivor, absorbed, next_order([], NOON, "mrg_1")).profile
    assert (merged.customer_id, merged.balance_minor, merged.absorbed) == ("usr_1", 530, 6)


def test_who_has_absorbed_more_than_a_transaction_can_bring_over_is_the_survivor() -> None:
    survivor, absorbed = _account(1).profile, _account(2).profile
    assert blockers(survivor, replace(absorbed, absorbed=MOST_BROUGHT)) == []
    (reason,) = blockers(survivor, replace(absorbed, absorbed=MOST_BROUGHT + 1))
    assert reason == "the other has absorbed more than 10 customers; merge the other way round"
