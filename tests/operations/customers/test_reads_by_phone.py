"""What all reads with a phone in their path have in common: one request, and what they answer about strangers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.operation import Operation
from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.edge.auth.principal import Principal
from customers.store.customers.rows import customer_rows
from tests.operations.conftest import LAYLA, MONEY, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.operations import reads_by
from tests.support.http.page import conforms

READS = pytest.mark.parametrize("read", reads_by("phone"), ids=lambda each: each.name)


def get(read: Operation[Any], principal: Principal, phone: str = LAYLA) -> Reply:
    reply = call("GET", read.path.replace("{phone}", quote(phone, safe="")), "", principal)
    conforms(read, reply)
    return reply


@READS
def test_who_never_verified_is_told_as_such(shop: Shop, read: Operation[Any]) -> None:
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    reply = get(read, shop.till)
    assert reply.data["status"] == "pending_proof"
    assert reply.body["meta"]["data_completeness_score"] == 0


@READS
@pytest.mark.parametrize("phone", ["33001122", " 97433001122", "0097433001122", "+974 3300-1122", "٣٣٠٠١١٢٢"])
def test_every_spelling_of_a_phone_is_the_same_customer(shop: Shop, read: Operation[Any], phone: str) -> None:
    shop.told_of_layla()
    reply = get(read, shop.till, phone)
    assert reply.data["status"] == "registered"
    assert reply.body["meta"]["data_completeness_score"] == 100


@READS
@pytest.mark.parametrize("phone", ["abc", "4" * 40, "4" * 4000, "\u202e33001122", "+97433001122;ext=5", " ", "usr_12"])
def test_what_is_no_phone_is_a_400_that_does_not_repeat_it(shop: Shop, read: Operation[Any], phone: str) -> None:
    reply = get(read, shop.till, phone)
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [each["field"] for each in reply.body["error"]["details"]] == ["phone"]
    assert phone.strip() == "" or phone not in json.dumps(reply.body, ensure_ascii=False)


@READS
@pytest.mark.parametrize("known", [True, False])
def test_one_read_makes_the_one_request_of_its_budget(
    shop: Shop, requests: list[str], read: Operation[Any], known: bool
) -> None:
    if known:
        shop.told_of_layla()
    requests.clear()
    get(read, shop.till)
    assert requests == ["GetItem"]
    assert read.budget == 1


@READS
@pytest.mark.parametrize("purchases", [10, 10_000])
def test_the_length_of_the_history_changes_nothing(
    shop: Shop, requests: list[str], tables: DynamoDBClient, read: Operation[Any], purchases: int
) -> None:
    activity = NO_ACTIVITY
    for visit in range(purchases):
        activity = activity.visited(datetime.now(UTC) - timedelta(days=visit), amount_minor=1)
    profile = Profile("usr_1", Phone(LAYLA), "QAR", version=purchases, verified=True, activity=activity)
    (row,) = customer_rows(shop.enterprise, profile)
    tables.put_item(TableName="CustomersTable", Item=row)
    requests.clear()
    assert get(read, shop.till).data["status"] == "registered"
    assert requests == ["GetItem"]
