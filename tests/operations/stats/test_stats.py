"""GET /customers/stats, through the template's route and the template's tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.admin import STATS
from customers.edge.auth.principal import Principal
from customers.edge.http.serve import Answer, Call, serve
from customers.wire.stats.query import MAX_DAYS, StatsQuery
from events.derive import handler as derive
from tests.operations.conftest import MONEY, Shop
from tests.support.books import CUSTOMERS, RECORDS, Books
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.stats.streams import record

LAYLA, OMAR, NOOR, SHUT_OFF = "+97433001122", "+97466005566", "+97455003344", "+97477007788"
DAY = timedelta(days=1)


def ask(shop: Shop, query: str = "", principal: Principal | None = None) -> Reply:
    return call("GET", "/customers/stats", query, principal or shop.admin("customer:STATS"))


def now() -> datetime:
    return datetime.now(UTC)


def reconcile(shop: Shop, tables: DynamoDBClient) -> None:
    """What the streams tell."""
    books = Books(tables, shop.enterprise)
    told = [record(CUSTOMERS, None, row) for row in books.rows(CUSTOMERS)]
    derive({"Records": told + [record(RECORDS, None, row) for row in books.rows(RECORDS) if "uncounted" in row]}, None)


@pytest.fixture
def busy(shop: Shop, tables: DynamoDBClient) -> Shop:
    """A vip, somebody who lapsed, somebody with money waiting, and somebody who was shut off."""
    today, long_ago = now().isoformat(), (now() - 100 * DAY).isoformat()
    shop.told("customer.registered", LAYLA, name="Layla", member_since=today, occurred_at=today)
    shop.told("customer.verified", LAYLA)
    shop.told("balance.topped_up", LAYLA, amount_minor=500, **MONEY)
    for number, branch in enumerate(["branch-1", "branch-1", None]):
        place = {"branch_id": branch} if branch else {}
        shop.told(
            "purchase.completed",
            LAYLA,
            purchase_id=f"p-{number}",
            amount_minor=50_000,
            occurred_at=today,
            **place,
            **MONEY,
        )
    shop.told("purchase.refunded", LAYLA, refund_id="r", purchase_id="p-0", amount_minor=70, occurred_at=today, **MONEY)
    shop.told("purchase.completed", OMAR, purchase_id="p", amount_minor=90, occurred_at=long_ago, **MONEY)
    shop.told("promo.granted", NOOR, grant_id="g", amount_minor=25, **MONEY)
    shop.told("customer.registered", SHUT_OFF, name="Nobody", member_since=today)
    shop.told("purchase.completed", SHUT_OFF, purchase_id="p", amount_minor=10, occurred_at=long_ago, **MONEY)
    shop.told("customer.disabled", SHUT_OFF)
    reconcile(shop, tables)
    return shop


def test_an_enterprise_is_told_its_customers_and_its_days(busy: Shop) -> None:
    reply = ask(busy)
    conforms(STATS, reply)
    assert reply.status == 200
    data, today = reply.data, now().date()
    assert list(data) == list(STATS.example or {})
    assert timedelta(0) <= now() - datetime.fromisoformat(data["as_of"]) < timedelta(minutes=1)
    assert data["badges_as_of"] == f"{today}T00:00:00Z"
    assert (data["from"], data["to"]) == (f"{today - 29 * DAY}", f"{today}")
    assert (data["branch_id"], data["currency"]) == (None, "QAR")
    assert data["customers"] == {"registered": 1, "pending_proof": 2, "disabled": 1}
    assert data["badges"] == {"new": 1, "regular": 0, "vip": 1, "lapsed": 1}
    assert (data["active_customers"], data["repeat_rate"]) == (1, 0.5)
    money = ("spendable_minor", "locked_promo_minor", "unclaimed_cashback_minor")
    assert [data[each] for each in money] == [500, 25, 25]
    period = {"visits": 3, "spend_minor": 150_000, "refunds": 1, "refunded_minor": 70, "new_customers": 2}
    assert data["period"] == {**period, "average_basket_minor": 50_000}
    nothing = dict.fromkeys(period, 0)
    *before, last = data["days"]
    assert last == {"date": f"{today}", **period, "active_customers": 1}
    none = {**nothing, "active_customers": 0}
    assert before == [{"date": f"{today - number * DAY}", **none} for number in range(29, 0, -1)]
    assert reply.body["meta"]["data_completeness_score"] is None


def test_a_branch_is_told_what_happened_there_and_null_for_the_rest(busy: Shop) -> None:
    today = now().date()
    reply = ask(busy, f"from={today}&to={today}&branch_id=branch-1")
    conforms(STATS, reply)
    unknown = {"refunds": None, "refunded_minor": None, "new_customers": None}
    data = reply.data
    assert data["branch_id"] == "branch-1"
    assert data["period"] == {"visits": 2, "spend_minor": 100_000, **unknown, "average_basket_minor": 50_000}
    assert data["days"] == [
        {"date": f"{today}", "visits": 2, "spend_minor": 100_000, **unknown, "active_customers": None}
    ]
    assert {name for name, value in data.items() if value is None} == {
        "badges_as_of",
        "customers",
        "badges",
        "active_customers",
        "repeat_rate",
        "spendable_minor",
        "locked_promo_minor",
        "unclaimed_cashback_minor",
        "forfeited_promo_minor",
    }


def test_a_branch_that_nobody_knows_has_zeros(busy: Shop) -> None:
    reply = ask(busy, "branch_id=elsewhere")
    conforms(STATS, reply)
    assert (reply.status, reply.data["period"]["visits"]) == (200, 0)
    assert reply.data["period"]["average_basket_minor"] is None


def test_another_enterprise_sees_its_own_zeros(busy: Shop) -> None:
    stranger = replace(busy.admin("customer:STATS"), enterprise="somebody-else")
    for query in ("", "branch_id=branch-1"):
        reply = ask(busy, query, stranger)
        conforms(STATS, reply)
        assert set(reply.data["period"].values()) <= {0, None}
        assert reply.data["repeat_rate"] is None
    assert ask(busy, "", stranger).data["customers"] == {"registered": 0, "pending_proof": 0, "disabled": 0}


@pytest.mark.parametrize(("query", "most"), [("", 5), ("from=2024-01-01&to=2024-12-31", 5), ("branch_id=branch-1", 1)])
def test_it_costs_what_the_budget_says(busy: Shop, requests: list[str], query: str, most: int) -> None:
    assert ask(busy, query).status == 200
    assert requests == ["Query"] * most
    assert most <= STATS.budget


# --------------------------------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("from=2026-6-1", "from"),
        ("from=2026-02-30", "from"),
        ("from=2026-06-01T00:00:00Z", "from"),
        ("from=", "from"),
        ("from=٢٠٢٦-٠٦-٠١", "from"),
        ("to=20260601", "to"),
        ("to=2026-13-01", "to"),
        ("from=1969-12-31&to=1970-01-05", "from"),
        ("to=1969-12-31", "to"),
        ("from=0000-01-01", "from"),
        ("from=2026-06-02&to=2026-06-01", "from"),
        ("from=2024-01-01&to=2025-01-01", "from"),
        ("from=1970-01-01", "from"),
        ("from=9999-12-31", "from"),
        ("from=2026-06-01&from=2026-06-02", "from"),
        ("branch_id=", "branch_id"),
        ("branch_id=a%23b", "branch_id"),
        ("branch_id=" + "x" * 65, "branch_id"),
    ],
)
def test_what_cannot_be_asked_is_a_400_that_names_the_field(
    shop: Shop, requests: list[str], query: str, field: str
) -> None:
    reply = ask(shop, query)
    conforms(STATS, reply)
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in reply.body["error"]["details"]] == [field]
    assert requests == []


@pytest.mark.parametrize(
    ("query", "first", "last", "days"),
    [
        ("from=2024-01-01&to=2024-12-31", "2024-01-01", "2024-12-31", MAX_DAYS),
        ("from=2026-06-01&to=2026-06-01", "2026-06-01", "2026-06-01", 1),
        ("to=2026-06-30", "2026-06-01", "2026-06-30", 30),
        ("to=1970-01-02", "1970-01-01", "1970-01-02", 2),
        ("from=1970-01-01&to=1970-01-01", "1970-01-01", "1970-01-01", 1),
        ("from=9999-12-30&to=9999-12-31", "9999-12-30", "9999-12-31", 2),
    ],
)
def test_each_day_of_the_period_is_told(shop: Shop, query: str, first: str, last: str, days: int) -> None:
    reply = ask(shop, query)
    conforms(STATS, reply)
    assert (reply.data["from"], reply.data["to"], len(reply.data["days"])) == (first, last, days)
    told = [day["date"] for day in reply.data["days"]]
    assert (told[0], told[-1], len(set(told))) == (first, last, days)


def test_from_alone_means_until_today(shop: Shop) -> None:
    today = now().date()
    data = ask(shop, f"from={today - 3 * DAY}").data
    assert (data["to"], len(data["days"])) == (f"{today}", 4)


def test_a_store_that_does_not_answer_is_a_503(shop: Shop) -> None:
    from customers.domain.refusals import Unavailable

    def handle(_call: Call[StatsQuery]) -> Answer:
        raise Unavailable

    event: dict[str, Any] = {
        "requestContext": {"requestId": "r", "authorizer": shop.admin("customer:STATS").context()},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "body": None,
    }
    answer = serve(STATS, handle)(event, None)
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["code"]) == (503, "UPSTREAM_UNAVAILABLE")


def test_a_customer_lapses_with_nothing_written(
    busy: Shop, monkeypatch: pytest.MonkeyPatch, tables: DynamoDBClient
) -> None:
    before = Books(tables, busy.enterprise).rows("DerivedTable")
    monkeypatch.setattr("customers.edge.http.serve.datetime", _clock(now() + 91 * DAY))
    later = replace(busy.admin("customer:STATS"), expires_at=now() + 100 * DAY)
    data = ask(busy, "", later).data
    assert data["badges"] == {"new": 1, "regular": 0, "vip": 0, "lapsed": 2}
    assert (data["active_customers"], data["repeat_rate"]) == (0, 0.5)
    assert Books(tables, busy.enterprise).rows("DerivedTable") == before


def _clock(at: datetime) -> Any:
    class Clock:
        now: Callable[[Any], datetime] = staticmethod(lambda _zone: at)

    return Clock
