"""Active customers by day in GET /customers/stats, after all that can happen to a customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.admin import STATS
from customers.domain.stats.customer_refs import CustomerRef
from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.operations.identity.test_correct import TYPO, correct
from tests.operations.identity.test_merge import TWIN, merge
from tests.operations.identity.test_unmerge import unmerge
from tests.operations.stats.test_stats import ask
from tests.support.erasure.erasing import erase
from tests.support.http.page import conforms
from tests.support.recording import id_of
from tests.support.stats.derivation import deriver

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
TODAY = NOW.date()
"""If midnight passes meanwhile, it is yesterday, and counts as well."""


def bought(shop: Shop, phone: str, name: str, ago: int, **more: Any) -> None:
    at = (NOW - ago * DAY).isoformat()
    shop.told("purchase.completed", phone, purchase_id=name, amount_minor=5, occurred_at=at, **MONEY, **more)


class Town:
    """Customers of an enterprise, and what stats say of the days on which they came."""

    def __init__(self, shop: Shop, tables: DynamoDBClient) -> None:
        self._shop, self._tables = shop, tables
        self._ids: set[str] = set()
        self._bought = 0

    def came(self, phone: str, *ago: int) -> str:
        """A purchase so many days ago, each; the customer's id."""
        for each in ago:
            self._bought += 1
            bought(self._shop, phone, f"p-{self._bought}", each)
        customer_id = id_of(self._tables, self._shop, phone)
        self._ids.add(customer_id)
        return customer_id

    def active(self, first: int = 5) -> list[int | None]:
        """By day, from so many days ago until today."""
        changes = [CustomerRef(self._shop.enterprise, each) for each in sorted(self._ids)]
        assert deriver(self._tables).reconcile(changes) == {}
        reply = ask(self._shop, f"from={TODAY - first * DAY}&to={TODAY}")
        conforms(STATS, reply)
        return [each["active_customers"] for each in reply.data["days"]]


@pytest.fixture
def town(shop: Shop, tables: DynamoDBClient) -> Town:
    return Town(shop, tables)


def test_two_who_become_one_are_one_and_are_two_again_if_they_part(shop: Shop, town: Town) -> None:
    layla, twin = town.came(LAYLA, 4, 3, 0), town.came(TWIN, 4, 2, 0)
    assert town.active() == [0, 2, 1, 1, 0, 2]
    assert merge(shop, layla, twin).status == 200
    assert town.active() == [0, 1, 1, 1, 0, 1]
    # A late one of the absorbed phone.
    bought(shop, TWIN, "late", 5)
    assert town.active() == [1, 1, 1, 1, 0, 1]
    assert unmerge(shop, layla, twin).status == 200
    assert town.active() == [1, 2, 1, 1, 0, 2]


def test_a_correction_changes_nothing(shop: Shop, town: Town) -> None:
    layla = town.came(LAYLA, 3, 0)
    before = town.active()
    assert correct(shop, layla, phone=TYPO).status == 200
    assert town.active() == before == [0, 0, 1, 0, 0, 1]


def test_an_erasure_changes_no_day_and_a_late_purchase_of_the_person_still_counts(shop: Shop, town: Town) -> None:
    layla = town.came(LAYLA, 3, 0)
    town.came(TWIN, 3)
    before = town.active()
    reply = erase(shop, layla)
    assert (reply.status, reply.data["outcome"]) == (200, "anonymized")
    assert town.active() == before == [0, 0, 2, 0, 0, 1]
    bought(shop, LAYLA, "late", 4)
    assert town.active() == [0, 1, 2, 0, 0, 1]


def imported(shop: Shop, visits: list[datetime]) -> None:
    named: dict[str, Any] = {"visits": [each.isoformat() for each in visits], "visit_count": 9}
    shop.told("customer.imported", LAYLA, source="old", occurred_at=NOW.isoformat(), **named)


def test_an_import_counts_on_the_days_of_the_visits_that_it_states(shop: Shop, town: Town) -> None:
    imported(shop, [NOW - 3 * DAY, NOW - DAY])
    assert town.came(LAYLA, 1)
    assert town.active() == [0, 0, 1, 0, 1, 0]
    # History that the import has is no further visit.
    bought(shop, LAYLA, "history", 2, included_in="old")
    assert town.active() == [0, 0, 1, 0, 1, 0]


def test_it_is_the_last_ninety_days_with_today(town: Town) -> None:
    # The second customer has no later visit, and so has a row with that one.
    town.came(LAYLA, 89, 0)
    town.came(TWIN, 90)
    days = town.active(91)
    assert days[:3] == [None, None, 1]
    assert days[-1] == 1
    assert sum(each or 0 for each in days) == 2


def test_an_own_time_zone_has_days_of_its_own(shop: Shop, town: Town) -> None:
    town.came(LAYLA, 3)
    shop.told(
        "enterprise.configured",
        name="Test",
        occurred_at="2026-11-02T10:00:00Z",
        time_zone="Pacific/Kiritimati",
        **MONEY,
    )
    here = NOW + timedelta(hours=14) - 3 * DAY
    expected = [int(TODAY - number * DAY == here.date()) for number in range(5, -1, -1)]
    assert town.active() == expected
