"""Locked money of a hard-deleted person: nobody's cashback any more, and still in the books."""

from __future__ import annotations

from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.support.erasure.erasing import derived_sums, erase, later, sums
from tests.support.http.gateway import call
from tests.support.recording import id_of

TOLD = ("locked_promo_minor", "unclaimed_cashback_minor", "forfeited_promo_minor")
OMAR = "+97466005566"


def stats(shop: Shop, tables: DynamoDBClient, query: str = "") -> tuple[Any, ...]:
    """The locked, the unclaimed and the forfeited, once all is derived."""
    derived_sums(tables, shop)
    data = call("GET", "/customers/stats", query, shop.admin("customer:STATS")).data
    return tuple(data[name] for name in TOLD)


@pytest.fixture
def wallet(shop: Shop, tables: DynamoDBClient) -> str:
    shop.told("promo.granted", LAYLA, grant_id="g", amount_minor=200, **MONEY)
    shop.told("promo.granted", LAYLA, grant_id="ends", amount_minor=100, expires_at=later(days=9), **MONEY)
    shop.told("promo.granted", OMAR, grant_id="g", amount_minor=7, **MONEY)
    return id_of(tables, shop)


def test_it_is_forfeited_and_no_longer_unclaimed(shop: Shop, tables: DynamoDBClient, wallet: str) -> None:
    assert stats(shop, tables) == (307, 307, 0)
    assert erase(shop, wallet).data["outcome"] == "hard_deleted"
    assert stats(shop, tables) == (7, 7, 300)
    assert stats(shop, tables, "branch_id=branch-1") == (None, None, None)


def test_the_books_balance(shop: Shop, tables: DynamoDBClient, wallet: str) -> None:
    """What was granted is locked or forfeited, in the customers' rows and in what is derived from them."""
    erase(shop, wallet)
    totals = sums(tables, shop)
    assert (totals["locked_minor"], totals["forfeited_minor"]) == (7, 300)
    assert derived_sums(tables, shop) == totals


def test_what_an_anonymised_person_has_locked_stays_locked(shop: Shop, tables: DynamoDBClient, wallet: str) -> None:
    shop.told("purchase.completed", LAYLA, purchase_id="p", amount_minor=1, **MONEY)
    assert erase(shop, wallet).data["outcome"] == "anonymized"
    assert stats(shop, tables) == (307, 307, 0)
