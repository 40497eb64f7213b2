"""POST /customers/{id}/unmerge, through the template's route and the template's tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.identity import UNMERGE
from tests.operations.conftest import LAYLA, MONEY, PROVIDER_ID, Clock, Shop
from tests.operations.identity.test_correct import correct
from tests.operations.identity.test_merge import TWIN, merge, of_two, told_of_layla, told_of_twin
from tests.support.books import Books
from tests.support.http.gateway import Reply, call
from tests.support.recording import id_of, record, stored
from tests.support.sessions import identify, opened, read

THIRD = "+97455003344"


def unmerge(shop: Shop, survivor: str, absorbed: str, key: str = "u", /, **body: Any) -> Reply:
    return of_two(UNMERGE, shop, survivor, absorbed, key, body)


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    told_of_layla(shop)
    return id_of(tables, shop)


@pytest.fixture
def twin(shop: Shop, tables: DynamoDBClient) -> str:
    told_of_twin(shop)
    return id_of(tables, shop, TWIN)


@pytest.fixture
def books(shop: Shop, tables: DynamoDBClient) -> Books:
    return Books(tables, shop.enterprise)


def query(phone: str) -> str:
    return f"phone=%2B{phone[1:]}"


def seen(shop: Shop, *phones: str) -> list[Any]:
    """What tills and administrators see of some customers, apart from what the merge and its undoing are called."""
    found: list[Any] = []
    for phone in phones:
        customer = shop.lookup(query(phone)).data["customer"]
        found.append(customer)
    for provider_id in (PROVIDER_ID, "pos-twin"):
        found.append(shop.lookup(f"provider_customer_id={provider_id}").data["customer"])
    return found


def context(shop: Shop, customer_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = call(
        "GET", f"/customers/{customer_id}/context", "limit=50", shop.admin("customer:CONTEXT")
    ).data
    return shown


def audited(shop: Shop, books: Books, *ids: str) -> None:
    for each in ids:
        assert books.rebuild.compare(shop.enterprise, each, "QAR").differences == ()


def test_both_are_as_if_they_had_never_met(shop: Shop, layla: str, twin: str, books: Books) -> None:
    before, contexts = seen(shop, LAYLA, TWIN), [context(shop, each)["customer"] for each in (layla, twin)]
    merge(shop, layla, twin)
    reply = unmerge(shop, layla, twin)
    assert reply.status == 200
    assert (reply.data["customer_id"], reply.data["absorbed_customer_id"]) == (layla, twin)
    assert (reply.data["customer"], reply.data["absorbed_customer"]) == (before[0], before[1])
    assert (reply.data["blockers"], reply.data["would_owe_minor"]) == ([], 0)
    assert seen(shop, LAYLA, TWIN) == before
    assert [context(shop, each)["customer"] for each in (layla, twin)] == contexts
    types = [[each["type"] for each in context(shop, customer_id)["history"]] for customer_id in (layla, twin)]
    assert types[0][:2] == ["customer.unmerged", "customer.merged"]
    assert types[1][0] == "customer.unmerged"
    assert "customer.merged" not in types[1]
    audited(shop, books, layla, twin)


def test_each_gets_what_was_told_of_it_meanwhile_and_what_comes_late(
    shop: Shop, layla: str, twin: str, books: Books, clock: Clock
) -> None:
    merge(shop, layla, twin)
    meanwhile = (clock.at + timedelta(seconds=1)).isoformat()
    shop.told("balance.topped_up", TWIN, amount_minor=7, occurred_at=meanwhile, **MONEY)
    shop.told("balance.topped_up", customer={"provider_customer_id": "pos-twin"}, amount_minor=70, **MONEY)
    shop.told("purchase.completed", customer={"customer_id": twin}, purchase_id="p2", amount_minor=9, **MONEY)
    shop.told("customer.registered", TWIN, name="Leila", occurred_at=meanwhile)
    shop.told("promo.released", LAYLA, grant_id="welcome", occurred_at=meanwhile)
    assert unmerge(shop, layla, twin).status == 200
    shop.told("balance.topped_up", TWIN, amount_minor=700, occurred_at=meanwhile, **MONEY)
    shop.told("balance.topped_up", customer={"customer_id": twin}, amount_minor=7000, **MONEY)
    theirs, mine = shop.lookup(query(TWIN)).data["customer"], shop.lookup(query(LAYLA)).data["customer"]
    assert theirs["balance"] == {"spendable_minor": 500 + 7777, "locked_promo_minor": 30, "currency": "QAR"}
    assert (theirs["name"], theirs["activity"]["visit_count"]) == ("Leila", 2)
    assert mine["balance"] == {"spendable_minor": 12600, "locked_promo_minor": 0, "currency": "QAR"}
    assert (mine["name"], mine["activity"]["visit_count"]) == ("Layla Hassan", 1)
    audited(shop, books, layla, twin)


def test_what_was_refused_or_disabled_meanwhile_stays_for_both(
    shop: Shop, layla: str, twin: str, books: Books, clock: Clock
) -> None:
    merge(shop, layla, twin)
    for number, (phone, consent) in enumerate(((LAYLA, {"sms": False}), (TWIN, {"sms": True, "email": False}))):
        at = (clock.at + timedelta(seconds=1 + number)).isoformat()
        shop.told("consent.updated", phone, consent=consent, occurred_at=at)
    later = (clock.at + timedelta(seconds=3)).isoformat()
    shop.told("customer.disabled", TWIN, occurred_at=later)
    clock.at += timedelta(minutes=1)
    assert unmerge(shop, layla, twin).status == 200
    told = [context(shop, each)["customer"] for each in (layla, twin)]
    assert [each["consent"] for each in told] == [{"sms": False, "email": False}, {"sms": False, "email": False}]
    assert [each["state"] for each in told] == ["DISABLED", "DISABLED"]
    assert [shop.lookup(query(phone)).data["status"] for phone in (LAYLA, TWIN)] == ["not_found"] * 2
    audited(shop, books, layla, twin)
    # A late consent of its own takes no refusal of the other back, and the two can be enabled again one by one.
    shop.told("consent.updated", TWIN, consent={"sms": True, "post": True}, occurred_at=later)
    shop.told("customer.enabled", TWIN, occurred_at=(clock.at + timedelta(seconds=9)).isoformat())
    told = [context(shop, each)["customer"] for each in (layla, twin)]
    assert told[1]["consent"] == {"sms": False, "post": True}
    assert [each["state"] for each in told] == ["DISABLED", "PENDING_PROOF"]
    audited(shop, books, layla, twin)


def test_what_was_refused_at_the_very_instant_of_the_merge_stays_for_both(
    shop: Shop, layla: str, twin: str, clock: Clock
) -> None:
    merge(shop, layla, twin)
    shop.told("consent.updated", LAYLA, consent={"sms": False}, occurred_at=clock.at.isoformat())
    assert unmerge(shop, layla, twin).status == 200
    assert [context(shop, each)["customer"]["consent"]["sms"] for each in (layla, twin)] == [False, False]


def test_a_preview_shows_both_and_writes_nothing(shop: Shop, layla: str, twin: str, tables: DynamoDBClient) -> None:
    merge(shop, layla, twin)
    before = stored(tables, shop.enterprise)
    preview = unmerge(shop, layla, twin, validate_only=True)
    assert stored(tables, shop.enterprise) == before
    assert (preview.data["unmerged_at"], preview.data["blockers"]) == (None, [])
    done = unmerge(shop, layla, twin)
    for name in ("customer", "absorbed_customer"):
        assert done.data[name] == preview.data[name]


def test_who_would_owe_is_refused_with_the_figure(shop: Shop, layla: str, twin: str, tables: DynamoDBClient) -> None:
    merge(shop, layla, twin)
    shop.told("balance.spent", TWIN, amount_minor=501, **MONEY)
    before = stored(tables, shop.enterprise)
    preview = unmerge(shop, layla, twin, validate_only=True)
    assert preview.data["would_owe_minor"] == 1
    assert preview.data["blockers"][0].startswith("1 ")
    refused = unmerge(shop, layla, twin)
    assert (refused.status, refused.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert refused.body["error"]["details"] == [{"field": "would_owe_minor", "issue": preview.data["blockers"][0]}]
    assert stored(tables, shop.enterprise) == before
    shop.settings = replace(shop.settings, unmerge_policy="owe")
    done = unmerge(shop, layla, twin)
    assert (done.status, done.data["would_owe_minor"]) == (200, 1)
    assert shop.lookup(query(TWIN)).data["customer"]["balance"]["spendable_minor"] == 0


def test_a_phone_that_is_anothers_by_now_blocks(shop: Shop, layla: str, twin: str, tables: DynamoDBClient) -> None:
    merge(shop, layla, twin)
    assert correct(shop, layla, phone=TWIN).status == 200
    before = stored(tables, shop.enterprise)
    assert len(unmerge(shop, layla, twin, validate_only=True).data["blockers"]) == 1
    refused = unmerge(shop, layla, twin)
    assert (refused.status, refused.body["error"]["details"][0]["field"]) == (400, "absorbed_customer_id")
    assert stored(tables, shop.enterprise) == before


def test_who_is_unknown_or_no_part_is_refused(shop: Shop, enterprise: str, layla: str, twin: str) -> None:
    assert unmerge(shop, layla, twin).status == 400
    merge(shop, layla, twin)
    elsewhere = Shop(enterprise + "-other")
    assert unmerge(elsewhere, layla, twin).status == 404
    assert unmerge(shop, "usr_0", twin).status == 404
    for absorbed in ("usr_0", layla):
        refused = unmerge(shop, layla, absorbed)
        assert (refused.status, refused.body["error"]["details"][0]["field"]) == (400, "absorbed_customer_id")


def test_a_retry_gets_the_first_answer_and_a_second_one_finds_two_customers(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient
) -> None:
    merge(shop, layla, twin)
    first = unmerge(shop, layla, twin)
    before = stored(tables, shop.enterprise)
    again = unmerge(shop, layla, twin)
    assert (again.data, again.body["meta"]["idempotency_replayed"]) == (first.data, True)
    assert unmerge(shop, layla, twin, "another").status == 400
    assert stored(tables, shop.enterprise) == before


@pytest.mark.parametrize("first", ["the middle", "the end", "the end by the middle"])
def test_parts_of_a_chain_are_set_free_in_any_order(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books, first: str
) -> None:
    shop.told("customer.registered", THIRD, name="Third")
    shop.told("balance.topped_up", THIRD, amount_minor=3, **MONEY)
    third = id_of(tables, shop, THIRD)
    before = seen(shop, LAYLA, TWIN, THIRD)
    merge(shop, twin, third, "one")
    merge(shop, layla, twin, "two")
    steps = {
        "the middle": [(layla, twin), (twin, third)],
        "the end": [(layla, third), (layla, twin)],
        "the end by the middle": [(twin, third), (layla, twin)],
    }[first]
    for number, (survivor, absorbed) in enumerate(steps):
        assert unmerge(shop, survivor, absorbed, f"u{number}").status == 200
        left = [each for each in (layla, twin, third) if books.rebuild.knows(shop.enterprise, each)]
        roots = [each for each in left if context(shop, each)["customer"]["customer_id"] == each]
        assert len(roots) == 2 + number
        audited(shop, books, *roots)
        shop.told("balance.topped_up", THIRD, amount_minor=10, **MONEY)
        assert shop.lookup(query(THIRD)).status == 200
        audited(shop, books, *roots)
    now = seen(shop, LAYLA, TWIN, THIRD)
    assert now[2]["balance"]["spendable_minor"] == before[2]["balance"]["spendable_minor"] + 20
    now[2]["balance"] = before[2]["balance"]
    assert now == before


def test_a_part_whose_phone_the_survivor_took_leaves_with_whom_had_absorbed_it(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books
) -> None:
    shop.told("customer.registered", THIRD, name="Third")
    third = id_of(tables, shop, THIRD)
    merge(shop, twin, third, "one")
    merge(shop, layla, twin, "two")
    assert correct(shop, layla, phone=THIRD).status == 200
    assert unmerge(shop, layla, twin).status == 200
    audited(shop, books, layla, twin)
    assert unmerge(shop, twin, third, "again").status == 400
    assert shop.lookup(query(THIRD)).data["customer"]["name"] == "Layla Hassan"


def test_of_two_parts_that_had_one_phone_the_later_one_gets_it(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books
) -> None:
    shop.told("customer.registered", THIRD, name="Third")
    third = id_of(tables, shop, THIRD)
    merge(shop, layla, twin, "one")
    assert correct(shop, layla, phone=TWIN).status == 200
    merge(shop, third, layla, "two")
    assert unmerge(shop, third, layla).status == 200
    audited(shop, books, layla, third)
    assert shop.lookup(query(TWIN)).data["customer"]["name"] == "L. Hassan"
    assert shop.lookup(query(LAYLA)).data["status"] == "not_found"


def test_two_who_were_parted_may_be_merged_again_either_way(
    shop: Shop, layla: str, twin: str, books: Books, tables: DynamoDBClient
) -> None:
    shop.told("customer.verified", TWIN)
    before = seen(shop, LAYLA, TWIN)
    for number, (survivor, absorbed) in enumerate(((layla, twin), (twin, layla), (layla, twin))):
        assert merge(shop, survivor, absorbed, f"m{number}").status == 200
        audited(shop, books, survivor)
        assert unmerge(shop, survivor, absorbed, f"u{number}").status == 200
        audited(shop, books, survivor, absorbed)
        assert seen(shop, LAYLA, TWIN) == before


def test_an_erasure_of_one_leaves_the_other_alone(shop: Shop, layla: str, twin: str, books: Books) -> None:
    merge(shop, layla, twin)
    first = unmerge(shop, layla, twin)
    shop.told("balance.settled", TWIN, amount_minor=500, **MONEY)
    headers = {"Idempotency-Key": "e"}
    assert call("DELETE", f"/customers/{twin}", "", shop.admin("customer:DELETE"), headers=headers).status == 200
    assert shop.lookup(query(TWIN)).data["status"] == "not_found"
    assert shop.lookup(query(LAYLA)).data["customer"] == first.data["customer"]
    # The answer was about both.
    assert unmerge(shop, layla, twin).status == 404
    audited(shop, books, layla)


def test_it_is_published_once(shop: Shop, layla: str, twin: str, books: Books) -> None:
    merge(shop, layla, twin)
    unmerge(shop, layla, twin)
    unmerge(shop, layla, twin)
    rows = [row for row in books.rows("RecordsTable") if row.get("type") == {"S": "customer.unmerged"}]
    (event,) = [row for row in rows if row["sk"]["S"].startswith("outbox#")]
    assert event["pk"]["S"].endswith(layla)
    told = json.loads(event["detail"]["S"])
    named = ("enterprise_id", "customer_id", "absorbed_customer_id")
    assert [told[name] for name in named] == [shop.enterprise, layla, twin]


def test_an_event_and_a_session_after_it_are_the_own_ones(shop: Shop, layla: str, twin: str) -> None:
    merge(shop, layla, twin)
    session = opened(shop)
    assert identify(shop, session, {"phone": TWIN}).data["customer_id"] == layla
    unmerge(shop, layla, twin)
    assert record(shop, phone=TWIN).data["event"]["customer_id"] == twin
    assert read(shop, session).data["context"]["customer"]["phone"] in (LAYLA, TWIN)
