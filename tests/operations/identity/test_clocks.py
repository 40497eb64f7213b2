"""Clocks that run ahead: who holds a phone is decided by our clock, and our own statements hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.operations.identity.test_correct import TYPO, correct
from tests.support.books import Books
from tests.support.recording import id_of, stored


def from_now(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


@pytest.fixture
def ahead(shop: Shop, tables: DynamoDBClient) -> str:
    """A customer at a mistyped phone, by id, about whom a till's clock has said something 20 hours ahead."""
    shop.told("customer.registered", TYPO, name="L. Hasan", occurred_at=from_now(20))
    shop.told("preferences.updated", TYPO, preferences={"milk": "oat"}, occurred_at=from_now(20))
    return id_of(tables, shop, TYPO)


def test_a_number_that_was_given_up_leads_nowhere_from_that_moment(
    shop: Shop, tables: DynamoDBClient, ahead: str
) -> None:
    assert correct(shop, ahead, phone=LAYLA).status == 200
    shop.told("balance.topped_up", TYPO, amount_minor=700, occurred_at=from_now(0), **MONEY)
    shop.told("customer.registered", TYPO, name="Somebody Else", occurred_at=from_now(0))
    old, new = shop.lookup(f"phone={TYPO[4:]}").data, shop.lookup(f"phone={LAYLA[4:]}").data
    assert old["customer"]["name"] == "Somebody Else"
    assert old["customer"]["balance"]["spendable_minor"] == 700
    assert new["customer"]["name"] == "L. Hasan"
    assert new["customer"]["balance"]["spendable_minor"] == 0
    (asked,) = [row for row in stored(tables, shop.enterprise)["RecordsTable"] if row["sk"]["S"] == "verification"]
    assert asked["requested_at"]["S"] < from_now(0.1)


def test_a_till_ahead_of_time_speaks_of_the_present_holder(shop: Shop, ahead: str) -> None:
    """What is received before the correction is about who has the number then, whatever its clock says."""
    shop.told("balance.topped_up", TYPO, amount_minor=300, occurred_at=from_now(20), **MONEY)
    correct(shop, ahead, phone=LAYLA)
    shop.told("balance.topped_up", TYPO, amount_minor=700, occurred_at=from_now(20), **MONEY)
    assert shop.lookup(f"phone={LAYLA[4:]}").data["customer"]["balance"]["spendable_minor"] == 300
    assert shop.lookup(f"phone={TYPO[4:]}").data["customer"]["balance"]["spendable_minor"] == 700


def test_a_name_of_the_office_overrules_one_that_was_stated_ahead(
    shop: Shop, tables: DynamoDBClient, ahead: str
) -> None:
    correct(shop, ahead, name="Layla Hassan")
    assert shop.lookup(f"phone={TYPO[4:]}").data["customer"]["name"] == "Layla Hassan"
    # What is stated afterwards holds again, also if it was not as far ahead.
    shop.told("customer.registered", TYPO, name="Leila", occurred_at=from_now(1))
    assert shop.lookup(f"phone={TYPO[4:]}").data["customer"]["name"] == "Leila"
    books = Books(tables, shop.enterprise)
    assert books.rebuild.compare(shop.enterprise, ahead, "QAR").differences == ()


def test_a_verification_ahead_of_time_verifies_no_later_number(shop: Shop, ahead: str) -> None:
    shop.told("customer.verified", TYPO, occurred_at=from_now(20))
    correct(shop, ahead, phone=LAYLA)
    assert shop.lookup(f"phone={LAYLA[4:]}").data["status"] == "pending_proof"
