"""GET /refused-facts, through the template's route and the template's tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.facts import REFUSED_FACTS
from customers.store.dynamodb import listing
from tests.operations.conftest import Shop
from tests.support.facts import body
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.refused import REASON, configure, refuse

PHONE = "+97433001122"


def listed(shop: Shop, query: str = "") -> Reply:
    reply = call("GET", "/refused-facts", query, shop.admin("facts:READ"))
    conforms(REFUSED_FACTS, reply)
    return reply


def test_a_fact_is_listed_with_its_reason_and_names_nobody(shop: Shop, tables: DynamoDBClient) -> None:
    now = datetime.now(UTC)
    told = body("customer.registered", shop.enterprise, about=PHONE, name="Layla Hassan")
    assert refuse(tables, told, at=now) == ["listed"]
    reply = listed(shop)
    (fact,) = reply.data["refused_facts"]
    assert (fact["type"], fact["reason"]) == ("customer.registered", REASON)
    assert fact["fact_id"] == json.loads(told)["detail"]["fact_id"]
    assert datetime.fromisoformat(fact["expires_at"]) == now.replace(microsecond=0) + timedelta(days=30)
    assert not [planted for planted in ("Layla", "33001122") if planted in json.dumps(reply.body)]


def test_pages_have_every_fact_once_the_newest_first(shop: Shop, tables: DynamoDBClient) -> None:
    now = datetime.now(UTC)
    told = [body("customer.verified", shop.enterprise, about=PHONE, fact_id=f"f-{number}") for number in range(5)]
    for number, each in enumerate(told):
        refuse(tables, each, at=now - timedelta(minutes=number))
    found, cursor = list[str](), ""
    while True:
        data = listed(shop, f"limit=2{cursor}").data
        found += [each["fact_id"] for each in data["refused_facts"]]
        if data["next_cursor"] is None:
            break
        cursor = f"&cursor={data['next_cursor']}"
    assert found == [f"f-{number}" for number in range(5)]


def test_neither_expired_facts_nor_another_enterprises_nor_the_operators_are_listed(
    shop: Shop, tables: DynamoDBClient
) -> None:
    now = datetime.now(UTC)
    configure(tables, shop.enterprise)
    refuse(tables, body("customer.verified", shop.enterprise, about=PHONE), at=now - timedelta(days=30, seconds=1))
    refuse(tables, body("customer.verified", f"{shop.enterprise}-other", about=PHONE), at=now)
    refuse(tables, body("customer.verified", shop.enterprise, about={"phone": "Layla"}), at=now)
    assert listed(shop).data["refused_facts"] == []


def test_the_requests_are_those_of_the_budget(shop: Shop, tables: DynamoDBClient, requests: list[str]) -> None:
    for number in range(3):
        refuse(tables, body("customer.verified", shop.enterprise, about=PHONE, fact_id=f"f-{number}"))
    requests.clear()
    assert len(listed(shop, "limit=2").data["refused_facts"]) == 2
    assert len(requests) == 2
    # It looks on where few facts of a page are to be listed.
    assert REFUSED_FACTS.budget == listing.ROUNDS + 1
