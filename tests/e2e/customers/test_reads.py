"""The reads beside lookup over HTTP: all with a phone in their path, and where identify is."""

from __future__ import annotations

import time
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
    whole = "/customers/lookup?phone=%2B97433001122"
    eventually(lambda: shop.get(whole).json()["meta"]["data_completeness_score"] == 100)
    eventually(lambda: shop.get(whole.replace("33001122", "66005566")).json()["data"]["status"] == "not_found")
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
def test_a_stranger_a_disabled_customer_and_another_enterprises_cannot_be_told_apart(
    people: Enterprise, enterprise: Enterprise, read: str
) -> None:
    strangers = [
        _read(people, read, "%2B97477007788"),
        _read(people, read, "%2B97466005566"),
        _read(enterprise, read, "%2B97433001122"),
    ]
    told = []
    for answer in strangers:
        body = answer.json()
        del body["meta"]["request_id"], body["data"]["fetched_at"]
        body["data"].pop("branch_id", None)
        told.append((answer.status_code, body, answer.headers.get("ETag"), set(answer.headers)))
    assert told[0][1]["data"]["status"] == "not_found"
    assert {value for name, value in told[0][1]["data"].items() if name != "status"} == {None}
    assert told[0] == told[1] == told[2]


@READS
@pytest.mark.parametrize(
    "phone", ["33001122", "+97433001122", "%20974%2033001122", "0097433001122", "%2B974-3300-1122"]
)
def test_every_spelling_in_the_path_is_the_same_customer(people: Enterprise, read: str, phone: str) -> None:
    assert _read(people, read, phone).json()["data"]["status"] == "registered"


@READS
@pytest.mark.parametrize("phone", ["layla", "033001122", "%E2%80%8E%2B97433001122", "4" * 40, "usr_1"])
def test_what_is_no_phone_is_a_400_that_names_it(people: Enterprise, read: str, phone: str) -> None:
    answer = _read(people, read, phone)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [each["field"] for each in answer.json()["error"]["details"]] == ["phone"]


@READS
def test_an_expired_token_is_a_401(people: Enterprise, read: str) -> None:
    now = int(time.time())
    expired = people.token(iat=now - 7200, exp=now - 3600)
    answer = people.get(f"/customers/33001122/{read}", expired)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_API_KEY")


def test_who_looks_for_identify_is_sent_where_it_is(people: Enterprise) -> None:
    answer = people.send("POST", "/customers/identify", json={"phone": LAYLA})
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{people.stack['api']}/identify")
    use = answer.json()["data"]["use"]
    assert (use["method"], use["path"]) == ("POST", "/v1/partner/identify")
    assert people.send("POST", "/customers/identify", people.admin()).status_code == 401
