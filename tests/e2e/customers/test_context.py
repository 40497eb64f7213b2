"""The decisioning side's read over HTTP: a customer by id, and the history page by page."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.e2e.conftest import Enterprise, eventually

LAYLA = "+97433001122"
OMAR = "+97466005566"
PROVIDER_ID = "pos-8841-layla"
MONEY = {"currency": "QAR"}
PERMISSION = "customer:CONTEXT"
PURCHASES = 25


def _id_of(shop: Enterprise, aws: Any, phone: str) -> str:
    key = {"pk": {"S": f"{shop.id}#{phone}"}}
    row = aws("dynamodb").get_item(TableName=shop.stack["tables"]["customers"], Key=key)["Item"]
    customer_id: str = row["customer_id"]["S"]
    return customer_id


def _context(shop: Enterprise, customer_id: str, query: str = "", token: str | None = None) -> requests.Response:
    return shop.get(f"/customers/{customer_id}/context{query}", token or shop.admin(PERMISSION))


@pytest.fixture(scope="module")
def people(stack: dict[str, Any]) -> Enterprise:
    """A customer with a history of two pages, and one who was shut off."""
    shop = Enterprise(stack).open()
    shop.publish("customer.registered", LAYLA, name="Layla Hassan", occurred_at="2026-10-01T10:00:00Z")
    shop.publish("customer.verified", LAYLA, occurred_at="2026-10-01T10:01:00Z")
    shop.publish("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID, occurred_at="2026-10-01T10:02:00Z")
    shop.publish("preferences.updated", LAYLA, preferences={"milk": "oat"}, occurred_at="2026-10-01T10:03:00Z")
    shop.publish("consent.updated", LAYLA, consent={"marketing": True}, occurred_at="2026-10-01T10:04:00Z")
    shop.publish("promo.granted", LAYLA, grant_id="g", amount_minor=2500, occurred_at="2026-10-01T10:05:00Z", **MONEY)
    for number in range(PURCHASES):
        at = f"2026-11-01T10:{number:02}:00Z"
        shop.publish("purchase.completed", LAYLA, purchase_id=f"p{number}", amount_minor=100, occurred_at=at, **MONEY)
    shop.publish("customer.registered", OMAR, name="Omar Saleh")
    shop.publish("customer.disabled", OMAR, occurred_at="2026-11-03T10:00:00Z")
    shop.wait_until_applied()
    return shop


@pytest.fixture(scope="module")
def layla(people: Enterprise, aws: Any) -> str:
    return _id_of(people, aws, LAYLA)


def test_the_first_page_tells_the_customer_and_the_latest_history(people: Enterprise, layla: str) -> None:
    answer = _context(people, layla)
    data = answer.json()["data"]
    lookup = people.get("/customers/lookup?phone=33001122&include=badge_reason").json()["data"]
    assert answer.status_code == 200
    assert {name: data["customer"][name] for name in lookup["customer"]} == lookup["customer"]
    assert data["customer"]["badge_reason"] == lookup["badge_reason"]
    assert data["customer"]["customer_id"] == layla
    assert data["customer"]["provider_customer_ids"] == [PROVIDER_ID]
    assert (data["customer"]["preferences"], data["customer"]["consent"]) == ({"milk": "oat"}, {"marketing": True})
    assert [(grant["grant_id"], grant["amount_minor"]) for grant in data["customer"]["grants"]] == [("g", 2500)]
    assert [entry["detail"]["purchase_id"] for entry in data["history"]] == [f"p{24 - number}" for number in range(20)]
    assert answer.json()["meta"]["data_completeness_score"] == 100


def test_the_cursor_leads_through_the_whole_history(people: Enterprise, layla: str) -> None:
    told, query = [], "?limit=7"
    for _ in range(10):
        data = _context(people, layla, query).json()["data"]
        told += data["history"]
        assert (data["customer"] is None) == ("cursor" in query)
        if data["next_cursor"] is None:
            break
        query = f"?limit=7&cursor={data['next_cursor']}"
    assert len(told) == len({entry["id"] for entry in told}) == PURCHASES + 6
    assert [entry["occurred_at"] for entry in told] == sorted((entry["occurred_at"] for entry in told), reverse=True)
    assert told[-1]["type"] == "customer.registered"
    assert told[-1]["detail"] == {"name": "Layla Hassan"}


def test_a_disabled_customer_is_told_as_such(people: Enterprise, aws: Any) -> None:
    omar = _id_of(people, aws, OMAR)
    eventually(lambda: _context(people, omar).json()["data"]["customer"]["state"] == "DISABLED")
