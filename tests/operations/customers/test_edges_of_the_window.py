"""The far edge of the 90 days, as a till sees it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.operations.conftest import LAYLA, MONEY, Clock, Shop

WINDOW = timedelta(days=90)


@pytest.mark.parametrize(
    ("age", "counted", "badge"),
    [
        (WINDOW - timedelta(seconds=1), 1, "new"),
        (WINDOW - timedelta(seconds=0.5), 1, "new"),
        (WINDOW - timedelta(microseconds=1), 1, "new"),
        (WINDOW + timedelta(seconds=1), 0, "lapsed"),
    ],
)
def test_a_visit_counts_until_it_is_ninety_days_old(
    shop: Shop, tables: DynamoDBClient, clock: Clock, age: timedelta, counted: int, badge: str
) -> None:
    at = (clock.at - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    shop.told("purchase.completed", LAYLA, purchase_id="p1", amount_minor=100, occurred_at=at, **MONEY)
    reply = shop.lookup(f"phone={LAYLA.replace('+', '%2B')}")
    customer = reply.data["customer"]
    assert (customer["activity"]["visit_count_last_90d"], customer["badge"]) == (counted, badge)
