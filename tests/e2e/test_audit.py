"""Facts over the bus, from many producers, in any order and some twice; then everything is recounted.

`FACTS=5000` sends more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings

from tests.e2e.conftest import Admin, Enterprise, eventually

FACTS = int(os.environ.get("FACTS", settings().max_examples * 3))
CUSTOMERS = FACTS // 5

pytestmark = pytest.mark.property


@pytest.fixture(scope="module")
def base(stack: dict[str, Any]) -> str:
    """An enterprise with all those facts on the bus: shuffled, every tenth of them twice."""
    enterprise = Enterprise(stack).open()
    enterprise.publish_sample(CUSTOMERS, FACTS)
    return enterprise.id


def test_a_recount_of_everything_finds_no_difference(admin: Admin, base: str) -> None:
    told = eventually(lambda: _audited(admin, base))
    assert f"{CUSTOMERS} customers, {FACTS:,} ledger entries" in told


def _audited(admin: Admin, enterprise: str) -> str:
    """What the audit says, once nothing moves any more."""
    code, told = admin("audit", "--enterprise", enterprise)
    return told if code == 0 else ""


@pytest.mark.thorough
def test_what_is_spoilt_is_found_and_comes_back_from_the_ledger(
    admin: Admin, base: str, stack: dict[str, Any], aws: Callable[[str], Any]
) -> None:
    tables, dynamodb = stack["tables"], aws("dynamodb")
    key = {"pk": {"S": f"{base}#+97410000001"}}
    row = dynamodb.get_item(TableName=tables["customers"], Key=key, ConsistentRead=True)["Item"]
    dynamodb.put_item(TableName=tables["customers"], Item={**row, "balance": {"N": "123456789"}})
    customer_id = row["customer_id"]["S"]

    code, told = admin("audit", "--enterprise", base)
    assert code == 1
    assert f"{customer_id}: differs from the ledger: balance" in told

    assert admin("rebuild", "--customer", customer_id) == (0, f"{customer_id}: repaired: balance\n")
    mended = dynamodb.get_item(TableName=tables["customers"], Key=key, ConsistentRead=True)["Item"]
    assert {**mended, "version": None} == {**row, "version": None}
    assert admin("rebuild", "--customer", customer_id) == (0, f"{customer_id}: matches its ledger\n")
    assert eventually(lambda: _audited(admin, base))
    code, told = admin("rebuild", "--enterprise", base)
    assert code == 0
    assert "0 customers repaired, 0 not changed." in told


@pytest.mark.thorough
def test_a_count_that_is_wrong_is_found(
    admin: Admin, base: str, stack: dict[str, Any], aws: Callable[[str], Any]
) -> None:
    sums: dict[str, Any] = {
        "TableName": stack["tables"]["derived"],
        "Key": {"pk": {"S": f"{base}#totals"}, "sk": {"S": "00"}},
        "UpdateExpression": "ADD balance_minor :one",
    }
    aws("dynamodb").update_item(**sums, ExpressionAttributeValues={":one": {"N": "1"}})
    code, told = admin("audit", "--enterprise", base)
    assert code == 1
    assert "totals: balance_minor is" in told
    aws("dynamodb").update_item(**sums, ExpressionAttributeValues={":one": {"N": "-1"}})
    assert _audited(admin, base)
