"""The reads beside lookup over HTTP: all with a phone in their path, and where identify is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Enterprise, eventually
from tests.support.http.operations import last_word, reads_by

LAYLA = "+97433001122"
PROVIDER_ID = "pos-8841-layla"
MONEY = {"currency": "QAR"}
READS = pytest.mark.parametrize("read", [last_word(each) for each in reads_by("phone")])


def _read(shop: Enterprise, read: str, phone: str = "%2B97433001122", **headers: str) -> requests.Response:
    answer = shop.get(f"/customers/{phone}/{read}", **headers)
    assert answer.headers["X-Request-Id"]
    return answer


@pytest.fixture(scope="module")
def people(stack: dict[str, Any]) -> Enterprise:
    """A registered customer with complete data, and a disabled one."""
    shop = Enterprise(stack).open()
    shop.publish("customer.registered", LAYLA, name="Layla Hassan")
    shop.publish("customer.verified", LAYLA)
    shop.publish("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID)
    today = datetime.now(UTC).isoformat()
    shop.publish("purchase.completed", LAYLA, purchase_id="p", amount_minor=4000, occurred_at=today, **MONEY)
    shop.publish("preferences.updated", LAYLA, preferences={"milk": "oat"})
    shop.publish("consent.updated", LAYLA, consent={"marketing": True})
    shop.publish("customer.registered", "+97466005566", name="Omar Saleh")
    shop.publish("customer.disabled", "+97466005566", occurred_at="2026-11-03T10:00:00Z")
    shop.wait_until_applied()
    return shop


def test_preferences_are_told(people: Enterprise) -> None:
    body = _read(people, "preferences").json()
    assert body["data"] == {
        "status": "registered",
        "preferences": {"milk": "oat"},
        "fetched_at": body["data"]["fetched_at"],
    }
    assert body["meta"]["data_completeness_score"] == 100


def test_the_badge_says_why(people: Enterprise) -> None:
    data = _read(people, "badge-reason").json()["data"]
    folded_in = people.get("/customers/lookup?phone=33001122&include=badge_reason").json()["data"]["badge_reason"]
    assert {name: data[name] for name in folded_in} == folded_in
    assert (data["status"], data["badge"], data["rule"]) == ("registered", "new", "none_met")
    assert data["gaps"]["regular"] == {"visit_count": 2}


def test_a_summary_is_a_lookup_that_says_how_long_it_may_be_shown(people: Enterprise) -> None:
    answer = _read(people, "summary-cached")
    lookup = people.get("/customers/lookup?phone=33001122").json()["data"]
    assert {**answer.json()["data"], "fetched_at": None} == {**lookup, "fetched_at": None}
    assert answer.headers["Age"] == "0"
    assert answer.headers["Cache-Control"] == "private, max-age=5"


def test_a_summary_that_the_till_has_is_not_sent_again(people: Enterprise) -> None:
    first = _read(people, "summary-cached")
    again = _read(people, "summary-cached", **{"If-None-Match": f'"old", W/{first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert _read(people, "summary-cached", **{"If-None-Match": '"old"'}).status_code == 200


def test_a_top_up_is_in_the_summary_at_once_under_another_tag(enterprise: Enterprise) -> None:
    stranger = _read(enterprise, "summary-cached")
    assert stranger.json()["data"]["status"] == "not_found"
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=700, **MONEY)
    eventually(lambda: enterprise.get("/customers/lookup?phone=33001122").json()["data"]["customer"])
    known = _read(enterprise, "summary-cached", **{"If-None-Match": stranger.headers["ETag"]})
    assert known.json()["data"]["customer"]["balance"]["spendable_minor"] == 700


@READS
@pytest.mark.parametrize(
    "phone", ["33001122", "+97433001122", "%20974%2033001122", "0097433001122", "%2B974-3300-1122"]
)
def test_every_spelling_in_the_path_is_the_same_customer(people: Enterprise, read: str, phone: str) -> None:
    assert _read(people, read, phone).json()["data"]["status"] == "registered"


def test_who_looks_for_identify_is_sent_where_it_is(people: Enterprise) -> None:
    answer = people.send("POST", "/customers/identify", json={"phone": LAYLA})
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{people.stack['api']}/identify")
    use = answer.json()["data"]["use"]
    assert (use["method"], use["path"]) == ("POST", "/v1/partner/identify")
    # Also for a caller that uses another name of the emulator: its port is shared with S3.
    path = answer.headers["Location"].removeprefix(people.stack["api"])
    assert people.send("POST", path, json={"phone": LAYLA}).json()["data"]["status"] == "registered"
