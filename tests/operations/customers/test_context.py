"""GET /customers/{id}/context, through the template's route and the template's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.admin import CONTEXT
from customers.domain.identifiers.phone import Phone
from customers.edge.auth.principal import Principal
from customers.store.customers.keys import customer_key
from tests.operations.conftest import LAYLA, MONEY, NAME, PROVIDER_ID, Clock, Shop
from tests.support.dynamodb.in_memory import lay
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of

PERMISSION = "customer:CONTEXT"


def context(shop: Shop, customer_id: str, query: str = "", principal: Principal | None = None) -> Reply:
    path = f"/customers/{quote(customer_id, safe='')}/context"
    reply = call("GET", path, query, principal or shop.admin(PERMISSION))
    conforms(CONTEXT, reply)
    return reply


def walk(shop: Shop, customer_id: str, limit: int) -> Iterator[Reply]:
    """Every page, the first one first."""
    reply = context(shop, customer_id, f"limit={limit}")
    yield reply
    while reply.data["next_cursor"]:
        reply = context(shop, customer_id, f"limit={limit}&cursor={reply.data['next_cursor']}")
        yield reply


@pytest.fixture
def omar(shop: Shop, tables: DynamoDBClient) -> str:
    shop.told("balance.topped_up", "+97466005566", amount_minor=1, **MONEY)
    return id_of(tables, shop, "+97466005566")


# ------------------------------------------------------------------------------------------ what is told


def test_the_first_page_tells_everything(shop: Shop, layla: str) -> None:
    shop.told("promo.granted", LAYLA, grant_id="later", amount_minor=200, expires_at="2030-02-01T00:00:00Z", **MONEY)
    shop.told("promo.granted", LAYLA, grant_id="never", amount_minor=100, **MONEY)
    shop.told("promo.granted", LAYLA, grant_id="sooner", amount_minor=50, expires_at="2030-01-01T00:00:00Z", **MONEY)
    shop.told("promo.granted", LAYLA, grant_id="over", amount_minor=25, **MONEY)
    shop.told("promo.expired", LAYLA, grant_id="over")
    reply = context(shop, layla)
    assert reply.status == 200
    assert list(reply.data) == ["customer", "history", "next_cursor", "fetched_at"]
    lookup = shop.lookup("phone=33001122&include=badge_reason,preferences").data
    granted_at = "2026-11-01T10:00:00Z"
    assert reply.data["customer"] == {
        **lookup["customer"],
        "customer_id": layla,
        "provider_customer_ids": [PROVIDER_ID],
        "badge_reason": lookup["badge_reason"],
        "visits_by_day": reply.data["customer"]["visits_by_day"],
        "preferences": {"milk": "oat"},
        "consent": {"marketing": True},
        "grants": [
            {"grant_id": grant, "amount_minor": amount, "currency": "QAR", "granted_at": granted_at, "expires_at": end}
            for grant, amount, end in (
                ("sooner", 50, "2030-01-01T00:00:00Z"),
                ("later", 200, "2030-02-01T00:00:00Z"),
                ("never", 100, None),
            )
        ],
        "absorbed": [],
        "absorbed_count": 0,
    }
    by_day = reply.data["customer"]["visits_by_day"]
    assert sum(each["visits"] for each in by_day) == lookup["customer"]["activity"]["visit_count_last_90d"] > 0
    assert by_day[-1]["date"] == lookup["customer"]["activity"]["last_visit_at"][:10]
    assert reply.data["customer"]["balance"]["locked_promo_minor"] == 350
    assert len(reply.data["history"]) == 12
    assert reply.data["next_cursor"] is None
    assert reply.body["meta"]["data_completeness_score"] == 100
    assert reply.headers["Cache-Control"] == "no-store"


def test_an_entry_is_what_was_said(shop: Shop, layla: str) -> None:
    at = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    shop.told(
        "purchase.completed",
        LAYLA,
        fact_id="till-7-000123",
        occurred_at=f"{at}.5Z",
        purchase_id="order-000123",
        amount_minor=4500,
        branch_id="branch-1",
        **MONEY,
    )
    assert context(shop, layla, "limit=1").data["history"] == [
        {
            "id": "till-7-000123",
            "type": "purchase.completed",
            "occurred_at": f"{at}Z",
            "detail": {"purchase_id": "order-000123", "amount_minor": 4500, "branch_id": "branch-1", "currency": "QAR"},
        }
    ]


def test_visits_are_counted_on_the_days_of_the_enterprise(shop: Shop, tables: DynamoDBClient) -> None:
    in_qatar = replace(shop.admin(PERMISSION), settings=replace(shop.settings, time_zone="Asia/Qatar"))
    evening = datetime.now(UTC).replace(hour=22, minute=0, second=0, microsecond=0) - timedelta(days=3)
    for number, at in enumerate((evening, evening - timedelta(hours=3), evening - timedelta(days=95))):
        shop.told(
            "purchase.completed",
            LAYLA,
            occurred_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            purchase_id=f"order-{number}",
            amount_minor=1,
            **MONEY,
        )
    day = evening.date()
    assert context(shop, id_of(tables, shop), principal=in_qatar).data["customer"]["visits_by_day"] == [
        {"date": day.isoformat(), "visits": 1},
        {"date": (day + timedelta(days=1)).isoformat(), "visits": 1},
    ]


def test_a_disabled_customer_is_one_still(shop: Shop, layla: str) -> None:
    shop.disabled_layla()
    reply = context(shop, layla)
    assert (reply.status, reply.data["customer"]["state"], reply.data["customer"]["name"]) == (200, "DISABLED", NAME)
    assert len(reply.data["history"]) == 8


def test_a_proto_wallet_has_a_context_too(shop: Shop, omar: str) -> None:
    customer = context(shop, omar).data["customer"]
    assert (customer["state"], customer["name"], customer["grants"]) == ("PENDING_PROOF", None, [])
    assert (customer["preferences"], customer["consent"], customer["provider_customer_ids"]) == ({}, {}, [])


# ------------------------------------------------------------------------------------------ pages


def purchases(tables: DynamoDBClient, shop: Shop, customer_id: str, count: int) -> list[str]:
    """As many entries, put straight into the ledger, each of another second but every tenth. The newest id first."""
    first = datetime(2025, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(count):
        at = (first + timedelta(seconds=number - number % 10 // 9)).isoformat(timespec="microseconds")[:26] + "Z"
        rows.append(
            {
                "pk": {"S": f"{shop.enterprise}#{customer_id}"},
                "sk": {"S": f"ledger#{at}#fact-{number:05}"},
                "type": {"S": "balance.spent"},
                "detail": {"S": '{"amount_minor":1,"currency":"QAR"}'},
            }
        )
    lay("RecordsTable", rows)
    return [f"fact-{number:05}" for number in reversed(range(count))]


@pytest.mark.parametrize("limit", [1, 4, 5, 7, 50])
def test_pages_hold_the_whole_ledger_once_newest_first(
    shop: Shop, tables: DynamoDBClient, omar: str, limit: int
) -> None:
    ids = purchases(tables, shop, omar, 19)
    told = [entry for reply in walk(shop, omar, limit) for entry in reply.data["history"]]
    # The one fact that made the customer known occurred later than all of them.
    assert [entry["id"] for entry in told[1:]] == ids
    assert [entry["occurred_at"] for entry in told] == sorted((entry["occurred_at"] for entry in told), reverse=True)


def test_twenty_entries_make_two_full_pages_of_ten_and_no_empty_one(
    shop: Shop, tables: DynamoDBClient, omar: str
) -> None:
    purchases(tables, shop, omar, 19)
    assert [len(reply.data["history"]) for reply in walk(shop, omar, 10)] == [10, 10]


def test_unless_told_a_page_has_twenty_entries(shop: Shop, tables: DynamoDBClient, omar: str) -> None:
    purchases(tables, shop, omar, 30)
    first = context(shop, omar)
    second = context(shop, omar, f"cursor={first.data['next_cursor']}")
    assert [len(page.data["history"]) for page in (first, second)] == [20, 11]


def test_the_limit_may_change_from_page_to_page(shop: Shop, tables: DynamoDBClient, omar: str) -> None:
    ids = purchases(tables, shop, omar, 30)
    first = context(shop, omar, "limit=3").data
    second = context(shop, omar, f"limit=7&cursor={first['next_cursor']}").data
    assert [entry["id"] for entry in (first["history"] + second["history"])[1:]] == ids[:9]


def test_a_further_page_holds_history_and_nothing_else(shop: Shop, layla: str) -> None:
    first, second = list(walk(shop, layla, 6))
    assert first.data["customer"] is not None
    assert second.data["customer"] is None
    assert list(second.data) == list(first.data)
    assert second.body["meta"]["data_completeness_score"] is None


def test_what_happens_between_two_pages_moves_nothing(shop: Shop, tables: DynamoDBClient, omar: str) -> None:
    ids = purchases(tables, shop, omar, 9)
    first = context(shop, omar, "limit=5").data
    shop.told("balance.topped_up", "+97466005566", amount_minor=1, occurred_at="2026-11-20T10:00:00Z", **MONEY)
    second = context(shop, omar, f"limit=50&cursor={first['next_cursor']}").data
    assert [entry["id"] for entry in first["history"][1:] + second["history"]] == ids


@pytest.mark.parametrize("entries", [10, 10_000])
def test_the_first_page_keeps_to_the_budget_and_a_further_one_makes_two_requests(
    shop: Shop, tables: DynamoDBClient, requests: list[str], omar: str, entries: int
) -> None:
    purchases(tables, shop, omar, entries)
    requests.clear()
    first = context(shop, omar, "limit=5")
    assert requests == ["GetItem", "GetItem", "Query", "Query", "PutItem"]
    # An absorbed id, and a survivor, cost one more each.
    assert len(requests) == CONTEXT.budget
    requests.clear()
    second = context(shop, omar, f"limit=5&cursor={first.data['next_cursor']}")
    # Whether the customer is there still.
    assert requests == ["GetItem", "Query", "PutItem"]
    assert [entry["id"] for entry in second.data["history"]] == [
        f"fact-{entries - number:05}" for number in range(5, 10)
    ]


# ------------------------------------------------------------------------------------------ who is unknown


def test_all_strangers_get_the_same_answer(shop: Shop, enterprise: str, requests: list[str], layla: str) -> None:
    elsewhere = Shop(enterprise + "-other")
    requests.clear()
    theirs = context(elsewhere, layla)
    asked = list(requests)
    requests.clear()
    nobodys = context(shop, "usr_" + "0" * 32)
    assert requests == asked == ["GetItem", "PutItem"]
    impossible = [
        context(shop, text) for text in (LAYLA, "33001122", "usr_", "usr_é", "usr_1#pointer", layla + "\n", "x")
    ]
    for reply in (theirs, nobodys, *impossible):
        assert (reply.status, reply.body) == (404, theirs.body)
    assert theirs.body["error"]["code"] == "NOT_FOUND"
    assert [each["field"] for each in theirs.body["error"]["details"]] == ["id"]
    assert layla not in json.dumps(theirs.body)


def test_while_a_phone_is_moved_the_caller_is_asked_for_patience(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    row = tables.get_item(TableName="CustomersTable", Key=customer_key(shop.enterprise, Phone(LAYLA)))["Item"]
    tables.put_item(TableName="CustomersTable", Item={**row, "customer_id": {"S": "usr_another"}})
    replies = [context(shop, layla)]
    tables.delete_item(TableName="CustomersTable", Key=customer_key(shop.enterprise, Phone(LAYLA)))
    replies.append(context(shop, layla))
    assert [(reply.status, reply.headers["Retry-After"]) for reply in replies] == [(503, "1")] * 2


# ------------------------------------------------------------------------------------------ what is malformed


def test_a_cursor_that_is_not_this_historys_is_a_400_that_tells_nothing(
    shop: Shop, enterprise: str, requests: list[str], layla: str, omar: str
) -> None:
    cursor: str = context(shop, layla, "limit=1").data["next_cursor"]
    elsewhere = Shop(enterprise + "-other")
    requests.clear()
    refused = [
        context(elsewhere, layla, f"cursor={cursor}"),
        context(shop, omar, f"cursor={cursor}"),
        context(shop, "usr_0", f"cursor={cursor}"),
        context(shop, layla, "cursor="),
        context(shop, layla, "cursor=garbage"),
        context(shop, layla, f"cursor={cursor}A"),
        context(shop, layla, f"cursor={cursor[:-2]}"),
        context(shop, layla, f"cursor={'A' if cursor[0] != 'A' else 'B'}{cursor[1:]}"),
        context(shop, layla, f"cursor={cursor * 100}"),
    ]
    # That it was refused is in the activity log.
    assert set(requests) == {"PutItem"}
    for reply in refused:
        assert (reply.status, reply.body) == (400, refused[0].body)
    assert refused[0].body["error"]["code"] == "VALIDATION_ERROR"
    assert [each["field"] for each in refused[0].body["error"]["details"]] == ["cursor"]
    assert context(shop, layla, f"cursor={cursor}").status == 200


def test_a_cursor_shows_nothing(shop: Shop, layla: str) -> None:
    import base64

    cursor: str = context(shop, layla, "limit=1").data["next_cursor"]
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for telling in (layla, "ledger", "after", "2026", shop.enterprise):
        assert telling not in cursor
        assert telling.encode() not in sealed


# ------------------------------------------------------------------------------------------ what is logged


def test_the_clock_of_the_answer_is_that_of_the_figures(shop: Shop, clock: Clock, layla: str) -> None:
    told = context(shop, layla).data
    assert told["fetched_at"] == clock.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert told["customer"]["activity"]["visit_count_last_90d"] == 1
