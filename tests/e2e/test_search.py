"""Facts on the bus, found over HTTP a moment later, by whatever an administrator remembers of a customer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import Enterprise, eventually

LAYLA, JOSE, ARABIC, OMAR = "+97433001122", "+97455003344", "+97466005566", "+97477007788"
MAY = "customer:SEARCH"


def _search(shop: Enterprise, token: str | None = None, /, **body: Any) -> dict[str, Any]:
    answer = shop.send("POST", "/customers/search", token or shop.admin(MAY), json=body)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def _found(shop: Enterprise, **body: Any) -> set[str]:
    """Phones, of all pages."""
    token, found, cursor = shop.admin(MAY), set[str](), None
    while True:
        data = _search(shop, token, **body, cursor=cursor)
        found |= {each["phone"] for each in data["customers"]}
        cursor = data["next_cursor"]
        if cursor is None:
            return found


@pytest.fixture(scope="module")
def people(stack: dict[str, Any]) -> Enterprise:
    """Four who are found, and one who was shut off."""
    shop = Enterprise(stack).open()
    for phone, name in ((LAYLA, "Layla Hassan"), (JOSE, "José Müller"), (ARABIC, "ليلى حسن"), (OMAR, "Omar Saleh")):
        shop.publish("customer.registered", phone, name=name)
    shop.publish("customer.verified", LAYLA)
    shop.publish("customer.disabled", OMAR, occurred_at="2026-11-02T10:00:00Z")
    shop.publish("promo.granted", "+97433119999", grant_id="g", amount_minor=2500, currency="QAR")
    shop.wait_until_applied()
    # Terms are derived a moment later.
    everybody = {LAYLA, JOSE, ARABIC, "+97433119999"}
    eventually(lambda: _found(shop) == everybody and _found(shop, status="registered") == {LAYLA})
    return shop


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"query": "layla"}, {LAYLA}),
        ({"query": "HASS lay"}, {LAYLA}),
        ({"name": "jose"}, {JOSE}),
        ({"name": "JOSÉ mull"}, {JOSE}),
        ({"query": "ليلى حسن"}, {ARABIC}),
        ({"query": "حس"}, {ARABIC}),
        ({"query": "1122"}, {LAYLA}),
        ({"query": "٣٣٤٤"}, {JOSE}),
        ({"phone_last4": "5566"}, {ARABIC}),
        ({"query": "+974 33"}, {LAYLA, "+97433119999"}),
        ({"phone_prefix": "+97455"}, {JOSE}),
        ({"status": "registered"}, {LAYLA}),
        ({"status": "pending_proof", "badge": "new"}, {JOSE, ARABIC, "+97433119999"}),
        ({"limit": 1}, {LAYLA, JOSE, ARABIC, "+97433119999"}),
        ({"phone_last4": "7788"}, set()),
    ],
)
def test_a_customer_is_found_by_what_is_remembered(people: Enterprise, body: dict[str, Any], found: set[str]) -> None:
    assert _found(people, **body) == found


def test_what_is_told_is_found_and_what_it_replaces_is_not(enterprise: Enterprise) -> None:
    token = enterprise.admin(MAY)

    def names(query: str) -> list[str]:
        return [each["name"] for each in _search(enterprise, token, query=query)["customers"]]

    enterprise.publish("customer.registered", LAYLA, name="Layla Hassan")
    eventually(lambda: names("lay") == ["Layla Hassan"])
    enterprise.publish("customer.registered", LAYLA, occurred_at="2026-11-01T11:00:00Z", name="Noor Hassan")
    eventually(lambda: names("noor") == ["Noor Hassan"] and names("layla") == [])
    enterprise.publish("customer.disabled", LAYLA, occurred_at="2026-11-01T12:00:00Z")
    eventually(lambda: names("hassan") == [] and names("1122") == [])


def test_a_cursor_and_a_customer_are_the_enterprise_s_own(people: Enterprise, enterprise: Enterprise) -> None:
    cursor = _search(people, limit=1)["next_cursor"]
    assert _search(enterprise, query="layla")["customers"] == []
    refused = [
        enterprise.send("POST", "/customers/search", enterprise.admin(MAY), json={"cursor": cursor}),
        people.send("POST", "/customers/search", people.admin(MAY), json={"cursor": "garbage"}),
        people.send("POST", "/customers/search", people.admin(MAY), json={"cursor": cursor, "query": "layla"}),
    ]
    assert {answer.status_code for answer in refused} == {400}
    assert len({json.dumps(answer.json()["error"]) for answer in refused}) == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"json": {"limit": 0}}, "limit"),
        ({"data": '{"limit": 1, "limit": 2}'}, "limit"),
        ({"data": b"\xff\xfe"}, "body"),
        ({"data": {"query": "layla"}}, "Content-Type"),
        ({}, "body"),
    ],
)
def test_what_is_malformed_is_named(people: Enterprise, sent: dict[str, Any], field: str) -> None:
    answer = people.send("POST", "/customers/search", people.admin(MAY), **sent)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["error"]["details"]] == [field]
