"""What the stats write goes into transactions that DynamoDB takes."""

from __future__ import annotations

from datetime import date, timedelta

from customers.domain.stats.contributions import Place
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.stats.batches import batches
from customers.store.stats.contributions import Contribution

MOST = 100
"""The items of one transaction: a limit of DynamoDB."""


def test_a_transaction_is_as_full_as_it_may_be_and_no_fuller() -> None:
    each_its_own = [Contribution(CustomerRef("acme", f"usr_{number}"), ["a write"], {}) for number in range(MOST + 1)]
    assert [len(batch) for batch in batches(each_its_own)] == [MOST, 1]


def test_the_rows_of_sums_count_too_and_those_that_are_shared_once() -> None:
    days = [(date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(150)]
    shared = Place.badges("2026-06-01")
    both = [
        Contribution(
            CustomerRef("acme", f"usr_{day}"), ["a write"], {Place.day(day): {"visits": 1}, shared: {"new": 1}}
        )
        for day in days
    ]
    made = list(batches(both))
    assert [each for batch in made for each in batch] == both
    sizes = [
        sum(len(each.writes) for each in batch) + len({row for each in batch for row in each.adds}) for batch in made
    ]
    assert max(sizes) <= MOST
    assert min(sizes[:-1]) > MOST - 3


def test_those_of_one_enterprise_go_together() -> None:
    mixed = [Contribution(CustomerRef(("acme", "other")[number % 2], "usr_1"), ["a write"], {}) for number in range(6)]
    assert [{each.change.enterprise for each in batch} for batch in batches(mixed)] == [{"acme"}, {"other"}]
