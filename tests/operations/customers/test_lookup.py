"""GET /customers/lookup, through the template's route and the template's tables."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.till.lookup import LOOKUP
from customers.domain.customers.activity import NO_ACTIVITY
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Settings, Thresholds
from customers.domain.identifiers.phone import Phone
from customers.edge.http.serve import serve
from customers.store.customers.profiles import Profiles
from customers.store.customers.rows import customer_rows
from tests.operations.conftest import MONEY, Shop
from tests.support.dynamodb.in_memory_client import InMemory
from tests.support.http.page import conforms

LAYLA = "+97433001122"
NAME = "Layla Hassan"


def _layla(shop: Shop) -> None:
    shop.told("customer.registered", LAYLA, name=NAME, member_since="2025-11-02T08:14:00Z")
    shop.told("customer.verified", LAYLA)
    shop.told("provider_id.linked", LAYLA, provider_customer_id="pos-1")
    shop.told("consent.updated", LAYLA, consent={"marketing": True})
    shop.told("balance.topped_up", LAYLA, amount_minor=12500, **MONEY)
    shop.told("purchase.completed", LAYLA, purchase_id="p1", amount_minor=184000, **MONEY, occurred_at=_ago(days=3))


def _ago(**past: float) -> str:
    return (datetime.now(UTC) - timedelta(**past)).isoformat()


def test_a_registered_customer_has_the_published_shape(shop: Shop) -> None:
    _layla(shop)
    reply = shop.lookup("phone=%2B97433001122")
    conforms(LOOKUP, reply)
    customer = reply.data["customer"]
    assert reply.status == 200
    assert list(reply.data) == ["status", "customer", "unclaimed_cashback", "branch_id", "fetched_at"]
    assert reply.data["status"] == "registered"
    assert reply.data["branch_id"] == "branch-1"
    assert customer == {
        "name": NAME,
        "phone": LAYLA,
        "state": "VERIFIED",
        "member_since": "2025-11-02T08:14:00Z",
        "balance": {"spendable_minor": 12500, "locked_promo_minor": 0, "currency": "QAR"},
        "activity": {
            "lifetime_spend_minor": 184000,
            "visit_count": 1,
            "visit_count_last_90d": 1,
            "last_visit_at": customer["activity"]["last_visit_at"],
        },
        "badge": "vip",
    }
    assert reply.body["meta"] == {
        "request_id": "req-1",
        "idempotency_replayed": False,
        "api_version": "2026-06-01",
        "data_completeness_score": 80,
    }
    assert reply.headers["X-Request-Id"] == "req-1"


def test_a_stranger_is_a_200(shop: Shop) -> None:
    reply = shop.lookup("phone=%2B97433001122")
    conforms(LOOKUP, reply)
    assert reply.status == 200
    assert reply.data["status"] == "not_found"
    assert reply.data["customer"] is None
    assert reply.body["meta"]["data_completeness_score"] is None


@pytest.mark.parametrize("query", ["phone=33001122", "provider_customer_id=pos-1"])
@pytest.mark.parametrize("include", ["", "&include=badge_reason,preferences"])
def test_a_disabled_customer_and_another_enterprises_are_like_a_stranger(
    shop: Shop, enterprise: str, requests: list[str], query: str, include: str
) -> None:
    stranger = shop.lookup(query + include)
    asked = list(requests)
    _layla(shop)
    shop.told("customer.disabled", LAYLA, occurred_at="2026-11-02T10:00:00Z")
    requests.clear()
    disabled = shop.lookup(query + include)
    elsewhere = Shop(enterprise + "-other").lookup(query + include)
    assert requests == asked * 2
    bodies = [json.loads(json.dumps(reply.body)) for reply in (stranger, disabled, elsewhere)]
    for body in bodies:
        del body["data"]["fetched_at"]
    assert bodies[0] == bodies[1] == bodies[2]
    assert {reply.status for reply in (stranger, disabled, elsewhere)} == {200}


def test_a_customer_who_is_enabled_again_is_back(shop: Shop) -> None:
    _layla(shop)
    shop.told("customer.disabled", LAYLA, occurred_at="2026-11-02T10:00:00Z")
    shop.told("customer.enabled", LAYLA, occurred_at="2026-11-03T10:00:00Z")
    assert shop.lookup("phone=33001122").data["status"] == "registered"


def test_a_proto_wallet_shows_the_money_waiting(shop: Shop) -> None:
    shop.told("promo.granted", LAYLA, grant_id="g1", amount_minor=300, **MONEY, expires_at="2099-02-01T00:00:00Z")
    shop.told("promo.granted", LAYLA, grant_id="g2", amount_minor=200, **MONEY, expires_at="2099-01-01T00:00:00Z")
    reply = shop.lookup("phone=33001122")
    conforms(LOOKUP, reply)
    assert reply.data["status"] == "pending_proof"
    assert reply.data["unclaimed_cashback"] == {
        "amount_minor": 500,
        "currency": "QAR",
        "expires_at": "2099-01-01T00:00:00Z",
    }
    assert reply.data["customer"]["balance"] == {"spendable_minor": 0, "locked_promo_minor": 500, "currency": "QAR"}


def test_a_spend_that_outran_its_top_up_shows_nothing_left(shop: Shop) -> None:
    shop.told("balance.spent", LAYLA, amount_minor=300, **MONEY)
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 0
    shop.told("balance.topped_up", LAYLA, amount_minor=1000, **MONEY)
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 700


def test_the_window_falls_at_the_right_second_with_no_write(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = datetime(2026, 8, 1, 12, 0, 0, tzinfo=UTC)
    shop.told("purchase.completed", LAYLA, purchase_id="p", amount_minor=1, **MONEY, occurred_at=visit.isoformat())

    def at(now: datetime) -> dict[str, Any]:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return now

        monkeypatch.setattr("customers.edge.http.serve.datetime", Clock)
        till = replace(shop.till, expires_at=now + timedelta(hours=1))
        found: dict[str, Any] = shop.lookup("phone=33001122", till).data["customer"]
        return found

    falls = visit + timedelta(days=90)
    before, after = at(falls - timedelta(seconds=1)), at(falls)
    assert (before["activity"]["visit_count_last_90d"], before["badge"]) == (1, "new")
    assert (after["activity"]["visit_count_last_90d"], after["badge"]) == (0, "lapsed")


def test_include_folds_two_reads_in(shop: Shop) -> None:
    _layla(shop)
    shop.told("preferences.updated", LAYLA, preferences={"milk": "oat"})
    reply = shop.lookup("phone=33001122&include=badge_reason,preferences")
    conforms(LOOKUP, reply)
    assert reply.data["preferences"] == {"milk": "oat"}
    assert reply.data["badge_reason"] == {
        "badge": "vip",
        "rule": "lifetime_spend",
        "measures": {"visit_count": 1, "visit_count_last_90d": 1, "lifetime_spend_minor": 184000},
        "thresholds": {"vip_visits_90d": 8, "vip_lifetime_spend_minor": 100000, "regular_visits": 3},
        "gaps": {},
    }
    assert reply.body["meta"]["data_completeness_score"] == 100


def test_an_enterprise_sets_its_own_thresholds(shop: Shop) -> None:
    _layla(shop)
    strict = replace(shop, settings=Settings("Test", "QAR", "QA", Thresholds(8, 200_000, 1)))
    assert strict.lookup("phone=33001122").data["customer"]["badge"] == "regular"


@pytest.mark.parametrize(
    "query", ["phone=33001122", "provider_customer_id=pos-1", "phone=33001122&include=preferences"]
)
@pytest.mark.parametrize("known", [True, False])
def test_a_lookup_makes_the_one_request_of_its_budget(shop: Shop, requests: list[str], query: str, known: bool) -> None:
    if known:
        _layla(shop)
    requests.clear()
    shop.lookup(query)
    assert len(requests) == LOOKUP.budget == 1


@pytest.mark.parametrize("purchases", [10, 10_000])
def test_the_length_of_the_history_changes_neither_request_nor_row(
    shop: Shop, requests: list[str], tables: DynamoDBClient, purchases: int
) -> None:
    activity = NO_ACTIVITY
    for visit in range(purchases):
        activity = activity.visited(datetime.now(UTC) - timedelta(days=visit), amount_minor=100)
    profile = Profile("usr_1", Phone(LAYLA), "QAR", version=purchases, verified=True, name=NAME, activity=activity)
    (row,) = customer_rows(shop.enterprise, profile)
    tables.put_item(TableName="CustomersTable", Item=row)
    requests.clear()
    found = shop.lookup("phone=33001122").data["customer"]["activity"]
    assert requests == ["GetItem"]
    assert found["visit_count"] == purchases
    assert found["visit_count_last_90d"] == min(purchases, 90)
    assert len(row["recent"]["B"]) <= 6 * 93 + 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "phone"),
        ("phone=", "phone"),
        ("phone=%20", "phone"),
        ("phone=abc", "phone"),
        ("phone=" + "4" * 40, "phone"),
        ("phone=" + "4" * 4000, "phone"),
        ("phone=%E2%80%AE33001122", "phone"),
        ("phone=33001122&phone=33001122", "phone"),
        ("phone=%2B97433001122%3Bext=5", "phone"),
        ("provider_customer_id=", "provider_customer_id"),
        ("phone=033001122", "phone"),
        ("provider_customer_id=%00", "provider_customer_id"),
        ("provider_customer_id=" + "x" * 129, "provider_customer_id"),
        ("phone=33001122&include=", "include"),
        ("provider_customer_id=a&provider_customer_id=b", "provider_customer_id"),
        ("phone=33001122&include=all", "include"),
        ("phone=33001122&include=preferences,preferences", "include"),
    ],
)
def test_what_is_malformed_is_named(shop: Shop, query: str, field: str) -> None:
    reply = shop.lookup(query)
    conforms(LOOKUP, reply)
    assert reply.status == 400
    assert reply.body["error"]["code"] == "VALIDATION_ERROR"
    assert [each["field"] for each in reply.body["error"]["details"]] == [field]


FAULTS = {
    "throttled": ClientError(
        {
            "Error": {"Code": "ThrottlingException", "Message": LAYLA},
            "ResponseMetadata": {"HTTPStatusCode": 400},  # type: ignore[typeddict-item]
        },
        "GetItem",
    ),
    "too_slow": ConnectTimeoutError(endpoint_url="https://dynamodb"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_does_not_answer_is_a_503_to_try_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, log: io.StringIO, fault: str
) -> None:
    monkeypatch.setattr(InMemory, "_make_api_call", _raising(FAULTS[fault]))
    reply = shop.lookup("phone=33001122")
    conforms(LOOKUP, reply)
    assert (reply.status, reply.body["error"]["code"]) == (503, "UPSTREAM_UNAVAILABLE")
    assert json.loads(log.getvalue().splitlines()[-1])["code"] == "UPSTREAM_UNAVAILABLE"
    assert re.fullmatch(r"\d+", reply.headers["Retry-After"])


def test_a_defect_is_a_500_that_tells_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch, log: io.StringIO) -> None:
    monkeypatch.setattr(Profiles, "_by_phone", _raising(ValueError(f"bad row of {NAME}, {LAYLA}")))
    reply = shop.lookup("phone=33001122")
    conforms(LOOKUP, reply)
    assert (reply.status, reply.body["error"]["code"]) == (500, "INTERNAL_ERROR")
    logged = json.loads(log.getvalue().splitlines()[-1])
    assert logged["error"] == "ValueError"
    assert len(logged["raised_at"]) == 6
    assert logged["raised_at"][-1].endswith(" fail")
    assert NAME not in json.dumps(reply.body) + json.dumps(logged)
    assert LAYLA not in json.dumps(reply.body) + json.dumps(logged)


def _raising(error: Exception) -> Any:
    def fail(*_arguments: object, **_more: object) -> None:
        raise error

    return fail


def test_an_operation_that_the_environment_does_not_mount_is_a_404(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOUNTED", "planned")
    handler = serve(LOOKUP, lambda _call: pytest.fail("the handler ran"))
    answer = handler({"requestContext": {"requestId": "req-1", "authorizer": shop.till.context()}}, None)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["error"]["code"] == "NOT_FOUND"


def test_a_refund_that_outruns_its_purchase_shows_no_negative_spend(shop: Shop) -> None:
    shop.told("purchase.refunded", LAYLA, refund_id="r-1", purchase_id="p-1", amount_minor=70, **MONEY)
    data = shop.lookup("phone=33001122&include=badge_reason").data
    assert data["customer"]["activity"]["lifetime_spend_minor"] == 0
    assert data["badge_reason"]["measures"]["lifetime_spend_minor"] == 0
