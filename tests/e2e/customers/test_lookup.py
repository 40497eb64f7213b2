"""The main job over HTTP: facts on the bus, folded, looked up by a till."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Enterprise, eventually

LAYLA = "+97433001122"
MONEY = {"currency": "QAR"}


def _lookup(shop: Enterprise, query: str) -> dict[str, Any]:
    answer = shop.get(f"/customers/lookup?{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(scope="module")
def people(stack: dict[str, Any]) -> Enterprise:
    """A registered customer, one who never registered, one who was shut off."""
    shop = Enterprise(stack).open()
    shop.publish("customer.registered", LAYLA, name="Layla Hassan", member_since="2025-11-02T08:14:00Z")
    shop.publish("customer.verified", LAYLA)
    shop.publish("provider_id.linked", LAYLA, provider_customer_id="pos-1")
    shop.publish("balance.topped_up", LAYLA, amount_minor=12500, **MONEY)
    for visit in range(3):
        at = (datetime.now(UTC) - timedelta(days=50 * visit, hours=1)).isoformat()
        shop.publish("purchase.completed", LAYLA, occurred_at=at, purchase_id=f"p{visit}", amount_minor=4000, **MONEY)
    shop.publish(
        "promo.granted", "+97455003344", grant_id="g", amount_minor=2500, expires_at="2030-12-31T20:59:59Z", **MONEY
    )
    for kind, at in (("registered", "01"), ("verified", "02"), ("disabled", "03")):
        named = {"name": "Omar Saleh"} if kind == "registered" else {}
        shop.publish(f"customer.{kind}", "+97466005566", occurred_at=f"2026-11-{at}T10:00:00Z", **named)
    shop.wait_until_applied()
    return shop


def test_a_registered_customer_is_told_in_the_published_shape(people: Enterprise) -> None:
    answer = people.get("/customers/lookup?phone=%2B97433001122")
    body = answer.json()
    fetched_at = body["data"]["fetched_at"]
    last_visit_at = body["data"]["customer"]["activity"]["last_visit_at"]
    assert body == {
        "ok": True,
        "data": {
            "status": "registered",
            "customer": {
                "name": "Layla Hassan",
                "phone": LAYLA,
                "state": "VERIFIED",
                "member_since": "2025-11-02T08:14:00Z",
                "balance": {"spendable_minor": 12500, "locked_promo_minor": 0, "currency": "QAR"},
                "activity": {
                    "lifetime_spend_minor": 12000,
                    "visit_count": 3,
                    "visit_count_last_90d": 2,
                    "last_visit_at": last_visit_at,
                },
                "badge": "regular",
            },
            "unclaimed_cashback": None,
            "branch_id": people.branch,
            "fetched_at": fetched_at,
        },
        "error": None,
        "meta": {
            "request_id": body["meta"]["request_id"],
            "idempotency_replayed": False,
            "api_version": "2026-06-01",
            "data_completeness_score": 60,
        },
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fetched_at)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", last_visit_at)
    assert answer.headers["X-Request-Id"] == body["meta"]["request_id"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "query",
    [
        "phone=%2B97433001122",
        "phone=+97433001122",
        "phone=0097433001122",
        "phone=%2B974%203300-1122",
        "phone=33001122",
        "phone=%D9%A3%D9%A3%D9%A0%D9%A0%D9%A1%D9%A1%D9%A2%D9%A2",
        "phone=%2B974%C2%A0(3300)%201122",
        "provider_customer_id=pos-1",
        "phone=%2B97433001122&provider_customer_id=nobody",
    ],
)
def test_every_way_of_naming_her_gives_the_same_customer(people: Enterprise, query: str) -> None:
    assert _lookup(people, query)["data"]["customer"]["name"] == "Layla Hassan"


def test_the_phone_is_authoritative_when_both_are_given(people: Enterprise) -> None:
    assert _lookup(people, "phone=%2B97477007788&provider_customer_id=pos-1")["data"]["status"] == "not_found"


def test_someone_who_never_verified_is_told_of_the_money_waiting(people: Enterprise) -> None:
    data = _lookup(people, "phone=%2B97455003344")["data"]
    assert data["status"] == "pending_proof"
    assert data["customer"]["state"] == "PENDING_PROOF"
    assert data["customer"]["name"] is None
    assert data["customer"]["balance"]["locked_promo_minor"] == 2500
    assert data["customer"]["balance"]["spendable_minor"] == 0
    assert data["unclaimed_cashback"] == {
        "amount_minor": 2500,
        "currency": "QAR",
        "expires_at": "2030-12-31T20:59:59Z",
    }


def test_a_stranger_a_disabled_customer_and_another_enterprises_cannot_be_told_apart(
    people: Enterprise, enterprise: Enterprise
) -> None:
    strangers = [
        people.get("/customers/lookup?phone=%2B97477007788"),
        people.get("/customers/lookup?phone=%2B97466005566"),
        enterprise.get("/customers/lookup?phone=%2B97433001122"),
        people.get("/customers/lookup?provider_customer_id=nobody"),
        enterprise.get("/customers/lookup?provider_customer_id=pos-1"),
    ]
    bodies = []
    for answer in strangers:
        body = answer.json()
        for part, name in (("meta", "request_id"), ("data", "fetched_at"), ("data", "branch_id")):
            del body[part][name]
        bodies.append((answer.status_code, body))
    assert bodies[0][1]["data"] == {"status": "not_found", "customer": None, "unclaimed_cashback": None}
    assert all(each == bodies[0] for each in bodies)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "phone"),
        ("phone=%E2%80%8E%2B97433001122", "phone"),
        ("phone=%2B97433001122&phone=%2B97433001122", "phone"),
        ("phone=33001122&include=everything", "include"),
    ],
)
def test_what_is_malformed_is_a_400_that_names_the_parameter(people: Enterprise, query: str, field: str) -> None:
    answer = people.get(f"/customers/lookup?{query}")
    body = answer.json()
    assert answer.status_code == 400
    assert body["ok"] is False
    assert body["error"]["code"] == "VALIDATION_ERROR"
    assert [detail["field"] for detail in body["error"]["details"]] == [field]
    assert body["meta"]["request_id"] == answer.headers["X-Request-Id"]


def test_a_top_up_is_in_the_next_lookup_and_a_retry_of_it_is_not(enterprise: Enterprise) -> None:
    first = enterprise.publish("balance.topped_up", LAYLA, amount_minor=700, **MONEY)
    enterprise.wait_until_applied()
    enterprise.publish("balance.topped_up", LAYLA, fact_id=first, amount_minor=700, **MONEY)
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=11, **MONEY)
    eventually(lambda: _lookup(enterprise, "phone=33001122")["data"]["customer"]["balance"]["spendable_minor"] == 711)


def test_a_fact_about_an_id_not_known_yet_waits_for_the_one_that_makes_it_known(enterprise: Enterprise) -> None:
    enterprise.publish("balance.topped_up", customer={"provider_customer_id": "early"}, amount_minor=40, currency="QAR")
    enterprise.publish("provider_id.linked", LAYLA, provider_customer_id="early")
    enterprise.wait_until_applied()
    assert _lookup(enterprise, "phone=33001122")["data"]["customer"]["balance"]["spendable_minor"] == 40


def test_a_poison_fact_is_refused_with_its_reason_and_its_neighbours_are_applied(
    enterprise: Enterprise, aws: Any
) -> None:
    poison = enterprise.publish("balance.topped_up", LAYLA, amount_minor=1.5, **MONEY)
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=9, **MONEY)
    eventually(lambda: _lookup(enterprise, "phone=33001122")["data"]["customer"])

    def refused() -> str | None:
        page = aws("dynamodb").query(
            TableName=enterprise.stack["tables"]["refused_facts"],
            KeyConditionExpression="pk = :enterprise",
            ExpressionAttributeValues={":enterprise": {"S": enterprise.id}},
        )
        mine = [row for row in page["Items"] if poison in row["body"]["S"]]
        return mine[0]["reason"]["S"] if mine else None

    assert "amount_minor" in eventually(refused)


def test_a_provider_id_follows_the_later_link_to_another_customer(enterprise: Enterprise) -> None:
    """With two ids a customer has a copy of its row: moving one deletes it, which takes a right of its own."""

    def holder(linked: str) -> Any:
        return (_lookup(enterprise, f"provider_customer_id={linked}")["data"]["customer"] or {}).get("phone")

    enterprise.publish("provider_id.linked", LAYLA, provider_customer_id="pos-1")
    enterprise.publish("provider_id.linked", LAYLA, provider_customer_id="pos-2")
    eventually(lambda: holder("pos-1") == holder("pos-2") == LAYLA)
    enterprise.publish("customer.registered", "+97455003344", name="Omar Saleh")
    later = {"occurred_at": "2026-11-02T10:00:00Z"}
    enterprise.publish("provider_id.linked", "+97455003344", provider_customer_id="pos-3", **later)
    enterprise.publish("provider_id.linked", "+97455003344", provider_customer_id="pos-1", **later)
    enterprise.publish("provider_id.linked", "+97466005566", provider_customer_id="pos-2", **later)
    eventually(lambda: (holder("pos-1"), holder("pos-2")) == ("+97455003344", "+97466005566"))
    assert _lookup(enterprise, "phone=33001122")["data"]["status"] == "pending_proof"
