"""Erasure over HTTP: the outcome for each state, what remains, and concurrent requests."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Enterprise, eventually
from tests.support.http.operations import reads_by

LAYLA = "+97433001122"
PROVIDER_ID = "pos-8841-layla"
PLANTED = ("33001122", "Layla", PROVIDER_ID)
MONEY = {"currency": "QAR"}
ROUNDS = 4


def erase(shop: Enterprise, customer_id: str, key: str | None = None, query: str = "") -> requests.Response:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return shop.send("DELETE", f"/customers/{customer_id}{query}", shop.admin("customer:DELETE"), headers)


def lookup(shop: Enterprise, query: str = "phone=33001122") -> dict[str, Any]:
    data: dict[str, Any] = shop.get(f"/customers/lookup?{query}").json()["data"]
    return data


def id_of(shop: Enterprise, aws: Callable[..., Any], phone: str = LAYLA) -> str:
    def found() -> str | None:
        key = {"pk": {"S": f"{shop.id}#{phone}"}}
        row = aws("dynamodb").get_item(TableName=shop.stack["tables"]["customers"], Key=key, ConsistentRead=True)
        return row["Item"]["customer_id"]["S"] if "Item" in row else None

    customer_id: str = eventually(found)
    return customer_id


@pytest.fixture
def layla(enterprise: Enterprise, aws: Callable[..., Any]) -> str:
    shop = enterprise.open()
    shop.publish("customer.registered", LAYLA, name="Layla Hassan")
    shop.publish("customer.verified", LAYLA)
    shop.publish("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID)
    shop.publish("purchase.completed", LAYLA, purchase_id="p1", amount_minor=900, **MONEY)
    shop.wait_until_applied()
    return id_of(shop, aws)


def test_who_was_verified_is_anonymised_and_nobody_is_told_of_them(enterprise: Enterprise, layla: str) -> None:
    shop = enterprise
    # Several workers have shown the summary by now.
    with ThreadPoolExecutor(4) as tills:
        list(tills.map(lambda _: shop.get("/customers/33001122/summary-cached"), range(8)))
    done = erase(shop, layla, "k")
    assert done.status_code == 200
    data = done.json()["data"]
    assert {name: data[name] for name in data if name not in ("erasure_id", "erased_at")} == {
        "customer_id": layla,
        "outcome": "anonymized",
        "prior_state": "VERIFIED",
        "transactions_retained": True,
        "pii_scrubbed": True,
    }
    office = shop.admin("customer:SEARCH", *(each.permission for each in reads_by("id") if each.permission))
    with ThreadPoolExecutor(4) as tills:
        told = list(tills.map(lambda _: shop.get("/customers/33001122/summary-cached").text, range(8)))
    told += [shop.get(read.path.replace("{phone}", "33001122")).text for read in reads_by("phone")]
    told += [shop.get(read.path.replace("{id}", layla), office).text for read in reads_by("id")]
    told += [
        shop.get(f"/customers/lookup?{query}").text
        for query in ("phone=33001122", f"provider_customer_id={PROVIDER_ID}")
    ]
    told += [shop.send("POST", "/customers/search", office, json={"query": "Layla"}).text]
    assert not [text for text in told if any(planted in text for planted in PLANTED)]
    again = erase(shop, layla, "k")
    assert (again.status_code, again.json()["data"]) == (200, data)
    assert again.json()["meta"]["idempotency_replayed"] is True
    assert erase(shop, layla).status_code == 404


def test_one_minor_unit_blocks_and_a_dry_run_says_so(enterprise: Enterprise, layla: str) -> None:
    shop = enterprise
    shop.publish("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    shop.wait_until_applied()
    preview = erase(shop, layla, query="?dry_run=true").json()["data"]["preview"]
    assert len(preview["blockers"]) == 1
    assert preview["kept"]["transactions"] == 1
    refused = erase(shop, layla)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert lookup(shop)["customer"]["name"] == "Layla Hassan"


def test_who_was_never_verified_is_deleted_and_can_come_back_as_somebody_new(
    enterprise: Enterprise, aws: Callable[..., Any]
) -> None:
    shop = enterprise.open()
    shop.publish("promo.granted", LAYLA, grant_id="welcome", amount_minor=700, **MONEY)
    customer_id = id_of(shop, aws)
    assert erase(shop, customer_id).json()["data"]["outcome"] == "hard_deleted"
    # Late: of the time before.
    shop.publish("customer.registered", LAYLA, name="Layla Hassan")
    after = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    shop.publish("balance.topped_up", LAYLA, amount_minor=5, occurred_at=after, **MONEY)
    shop.wait_until_applied()
    assert (lookup(shop)["status"], lookup(shop)["customer"]["name"]) == ("pending_proof", None)
    assert id_of(shop, aws) != customer_id


def test_money_to_spend_waits_where_the_enterprise_says_so(enterprise: Enterprise, layla: str) -> None:
    shop = enterprise
    settings = {"name": "Test", "currency": "QAR", "home_region": "QA", "erasure_policy": "escalate"}
    shop.publish("enterprise.configured", occurred_at="2026-11-02T10:00:00Z", **settings)
    shop.publish("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    shop.wait_until_applied()
    first = eventually(lambda: (reply := erase(shop, layla)).status_code == 202 and reply)
    assert first.json()["data"]["outcome"] == "escalated"
    assert lookup(shop)["status"] == "registered"


def test_facts_that_come_at_the_same_moment_bring_nobody_back_and_lose_no_money(
    enterprise: Enterprise, aws: Callable[..., Any]
) -> None:
    shop = enterprise.open()

    def round_of(number: int) -> int:
        phone = f"+9743300{number:04}"
        shop.publish("customer.registered", phone, name="Layla Hassan")
        shop.publish("customer.verified", phone)
        customer_id = id_of(shop, aws, phone)
        eventually(lambda: lookup(shop, f"phone=3300{number:04}")["status"] == "registered")
        with ThreadPoolExecutor(2) as crowd:
            spent = crowd.submit(lambda: [shop.publish("balance.spent", phone, amount_minor=7, **MONEY) for _ in "123"])
            erased = crowd.submit(erase, shop, customer_id)
            spent.result()
        assert erased.result().status_code == 200
        assert lookup(shop, f"phone=3300{number:04}")["status"] == "not_found"
        eventually(lambda: _left(shop, aws, customer_id) == -21)
        return _left(shop, aws, customer_id)

    with ThreadPoolExecutor(2) as crowd:
        assert list(crowd.map(round_of, range(ROUNDS))) == [-21] * ROUNDS


def _left(shop: Enterprise, aws: Callable[..., Any], customer_id: str) -> int:
    key = {"pk": {"S": f"{shop.id}#erased#{customer_id}"}}
    row = aws("dynamodb").get_item(TableName=shop.stack["tables"]["customers"], Key=key, ConsistentRead=True)["Item"]
    return int(row["balance"]["N"])
