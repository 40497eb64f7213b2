"""POST /identify: who it is, where no session is open."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.identity import IDENTIFY
from tests.operations.conftest import LAYLA, MONEY, NAME, PROVIDER_ID, Clock, Shop
from tests.support.http.gateway import Reply, call
from tests.support.recording import id_of, stored
from tests.support.sessions import tell


def field_of(reply: Reply) -> str:
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    (detail,) = reply.body["error"]["details"]
    field: str = detail["field"]
    return field


# ------------------------------------------------------------------------------------------ who it is


@pytest.mark.parametrize("body", [{"phone": LAYLA}, {"provider_customer_id": PROVIDER_ID}])
def test_it_tells_what_a_lookup_tells_and_the_id(
    shop: Shop, clock: Clock, tables: DynamoDBClient, body: dict[str, str]
) -> None:
    shop.told_of_layla()
    reply, looked_up = tell(shop, body), shop.lookup("phone=33001122")
    assert reply.status == 200
    assert reply.data == {**looked_up.data, "customer_id": id_of(tables, shop)}
    assert reply.data["customer"]["name"] == NAME
    assert reply.body["meta"] == looked_up.body["meta"]
    assert reply.headers["Cache-Control"] == "no-store"


def test_who_never_verified_is_told_with_what_waits(shop: Shop) -> None:
    shop.told("promo.granted", LAYLA, grant_id="g", amount_minor=2500, expires_at="2090-01-01T00:00:00Z", **MONEY)
    reply = tell(shop)
    assert reply.data["status"] == "pending_proof"
    assert reply.data["unclaimed_cashback"] == {
        "amount_minor": 2500,
        "currency": "QAR",
        "expires_at": "2090-01-01T00:00:00Z",
    }


@pytest.mark.parametrize("body", [{"phone": LAYLA}, {"provider_customer_id": PROVIDER_ID}])
def test_a_stranger_a_disabled_customer_and_another_enterprises_cannot_be_told_apart(
    shop: Shop, enterprise: str, clock: Clock, requests: list[str], body: dict[str, str]
) -> None:
    requests.clear()
    stranger = tell(shop, body)
    asked = list(requests)
    assert stranger.status == 200
    assert stranger.data == {
        "status": "not_found",
        "customer_id": None,
        "customer": None,
        "unclaimed_cashback": None,
        "branch_id": "branch-1",
        "fetched_at": stranger.data["fetched_at"],
    }
    shop.told_of_layla()
    shop.disabled_layla()
    requests.clear()
    disabled, theirs = tell(shop, body), tell(Shop(enterprise + "-other"), body)
    assert requests == asked * 2
    assert disabled.body == theirs.body == stranger.body
    assert disabled.headers == theirs.headers == stranger.headers


@pytest.mark.parametrize("phone", ["33001122", " 97433001122", "0097433001122", "+974 3300-1122", "٣٣٠٠١١٢٢"])
def test_every_spelling_of_a_phone_is_the_same_customer(shop: Shop, phone: str) -> None:
    shop.told_of_layla()
    assert tell(shop, {"phone": phone}).data["status"] == "registered"


def test_beside_a_phone_the_id_is_not_looked_at(shop: Shop) -> None:
    shop.told_of_layla()
    both = {"phone": "+97455003344", "provider_customer_id": PROVIDER_ID}
    assert tell(shop, both).data["status"] == "not_found"
    assert tell(shop, {**both, "phone": None}).data["status"] == "registered"


# ------------------------------------------------------------------------------------------ what it costs, and leaves


@pytest.mark.parametrize(
    ("body", "request_made"), [({"phone": LAYLA}, "GetItem"), ({"provider_customer_id": PROVIDER_ID}, "GetItem")]
)
@pytest.mark.parametrize("known", [True, False])
def test_it_makes_one_request_and_writes_nothing(
    shop: Shop,
    tables: DynamoDBClient,
    requests: list[str],
    body: dict[str, str],
    request_made: str,
    known: bool,
) -> None:
    if known:
        shop.told_of_layla()
    before = stored(tables, shop.enterprise)
    requests.clear()
    tell(shop, body)
    assert requests == [request_made]
    assert IDENTIFY.budget == 1
    assert stored(tables, shop.enterprise) == before


def test_a_key_that_is_sent_along_changes_nothing(shop: Shop) -> None:
    headers = {"Idempotency-Key": "k"}
    stranger = call("POST", "/identify", "", shop.till, headers=headers, body={"phone": LAYLA})
    shop.told_of_layla()
    known = call("POST", "/identify", "", shop.till, headers=headers, body={"phone": LAYLA})
    assert (stranger.data["status"], known.data["status"]) == ("not_found", "registered")
    assert known.body["meta"]["idempotency_replayed"] is False


# ------------------------------------------------------------------------------------------ what is malformed


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "phone"),
        ({"phone": None, "provider_customer_id": None}, "phone"),
        ({"phone": ""}, "phone"),
        ({"phone": 97433001122}, "phone"),
        ({"phone": "4" * 65}, "phone"),
        ({"phone": "+97433001122;ext=5"}, "phone"),
        ({"provider_customer_id": ""}, "provider_customer_id"),
        ({"provider_customer_id": " "}, "provider_customer_id"),
        ({"provider_customer_id": "x" * 129}, "provider_customer_id"),
        ({"provider_customer_id": "a\nb"}, "provider_customer_id"),
        ({"phone": LAYLA, "customer_id": "usr_1"}, "customer_id"),
        ({"phone": LAYLA, "enterprise_id": "other"}, "enterprise_id"),
        ("", "body"),
        ("[]", "body"),
        ('{"phone": "+97433001122", "phone": "+97433001122"}', "phone"),
    ],
)
def test_what_is_malformed_is_named(shop: Shop, requests: list[str], body: object, field: str) -> None:
    requests.clear()
    assert field_of(tell(shop, body)) == field
    assert requests == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["phone", "provider_customer_id", "other"]),
        st.none() | st.integers() | st.text(st.characters(), max_size=70) | st.lists(st.text(), max_size=2),
    )
)
def test_whatever_is_sent_the_answer_is_one_that_the_page_describes(shop: Shop, body: dict[str, Any]) -> None:
    assert tell(shop, json.dumps(body)).status in (200, 400)
