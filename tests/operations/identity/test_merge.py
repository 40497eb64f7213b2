"""POST /customers/{id}/merge, through the template's route and the template's tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.identity import MERGE
from customers.catalogue.operation import Operation
from customers.domain.refusals import NotYet
from customers.store.export.exports import Exports
from tests.operations.conftest import LAYLA, MONEY, PROVIDER_ID, Clock, Shop
from tests.support.books import Books
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.identity.verifying import ask, asked
from tests.support.recording import id_of, record, stored
from tests.support.sessions import identify, opened, read

TWIN = "+97466005566"
BEFORE = "2026-11-01T11:00:00Z"


def merge(shop: Shop, survivor: str, absorbed: str, key: str = "k", /, **body: Any) -> Reply:
    return of_two(MERGE, shop, survivor, absorbed, key, body)


def of_two(
    operation: Operation[Any], shop: Shop, survivor: str, absorbed: str, key: str, more: Mapping[str, Any]
) -> Reply:
    """A merge, or what undoes it."""
    path, headers = operation.path.replace("{id}", survivor), {"Idempotency-Key": key}
    headers["Content-Type"] = "application/json"
    body = {"absorbed_customer_id": absorbed, **more}
    reply = call(operation.method, path, "", shop.admin("customer:MERGE"), headers=headers, body=body)
    conforms(operation, reply)
    return reply


def told_of_layla(shop: Shop) -> None:
    """With a grant of her own."""
    shop.told_of_layla()
    shop.told("promo.granted", LAYLA, grant_id="welcome", amount_minor=100, **MONEY)


def told_of_twin(shop: Shop) -> None:
    """The same person under another phone, with a grant and a purchase that are numbered as Layla's are."""
    shop.told("customer.registered", TWIN, name="L. Hassan", member_since="2024-01-01T00:00:00Z", occurred_at=BEFORE)
    shop.told("balance.topped_up", TWIN, amount_minor=500, **MONEY)
    shop.told("promo.granted", TWIN, grant_id="welcome", amount_minor=30, **MONEY)
    shop.told("purchase.completed", TWIN, purchase_id="p1", amount_minor=1000, **MONEY)
    shop.told("provider_id.linked", TWIN, provider_customer_id="pos-twin")
    shop.told("consent.updated", TWIN, consent={"marketing": False, "sms": True})


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


def test_both_are_one_from_then_on(shop: Shop, layla: str, twin: str) -> None:
    reply = merge(shop, layla, twin)
    assert reply.status == 200
    assert (reply.data["customer_id"], reply.data["absorbed_customer_id"]) == (layla, twin)
    assert reply.data["blockers"] == []
    found = [
        shop.lookup(query).data["customer"]
        for query in ("phone=33001122", "phone=66005566", f"provider_customer_id={PROVIDER_ID}")
    ]
    assert found[0] == found[1] == found[2]
    assert found[0]["phone"] == LAYLA
    assert found[0]["balance"] == {"spendable_minor": 13000, "locked_promo_minor": 130, "currency": "QAR"}
    assert (found[0]["activity"]["visit_count"], found[0]["activity"]["lifetime_spend_minor"]) == (2, 185000)
    assert (found[0]["name"], found[0]["member_since"]) == ("L. Hassan", "2024-01-01T00:00:00Z")
    assert found[0] == reply.data["customer"]


def test_the_stricter_consent_holds(shop: Shop, layla: str, twin: str) -> None:
    merge(shop, layla, twin)
    told = call("GET", f"/customers/{twin}/context", "", shop.admin("customer:CONTEXT")).data["customer"]
    assert told["consent"] == {"marketing": False, "sms": True}
    assert told["customer_id"] == layla
    assert [each["customer_id"] for each in told["absorbed"]] == [twin]
    assert told["absorbed_count"] == 1


def test_a_preview_shows_it_and_writes_nothing(shop: Shop, layla: str, twin: str, tables: DynamoDBClient) -> None:
    before = stored(tables, shop.enterprise)
    preview = merge(shop, layla, twin, validate_only=True)
    assert stored(tables, shop.enterprise) == before
    assert (preview.data["merged_at"], preview.data["blockers"]) == (None, [])
    assert merge(shop, layla, twin).data["customer"] == preview.data["customer"]


def test_what_blocks_it_is_told_and_changes_nothing(shop: Shop, layla: str, twin: str, tables: DynamoDBClient) -> None:
    before = stored(tables, shop.enterprise)
    preview = merge(shop, twin, layla, validate_only=True)
    assert len(preview.data["blockers"]) == 1
    assert "other way round" in preview.data["blockers"][0]
    refused = merge(shop, twin, layla)
    assert (refused.status, refused.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert "other way round" in refused.body["error"]["details"][0]["issue"]
    assert merge(shop, layla, layla).status == 400
    assert stored(tables, shop.enterprise) == before
    shop.told("customer.disabled", TWIN)
    assert "disabled" in merge(shop, layla, twin).body["error"]["details"][0]["issue"]


def test_who_is_unknown_or_anothers_is_not_found(shop: Shop, enterprise: str, layla: str, twin: str) -> None:
    elsewhere = Shop(enterprise + "-other")
    refused = [merge(shop, "usr_0", twin), merge(shop, layla, "usr_0"), merge(elsewhere, layla, twin)]
    assert [reply.status for reply in refused] == [404, 404, 404]
    assert refused[1].body["error"]["details"][0]["field"] == "absorbed_customer_id"


def test_a_retry_gets_the_first_answer_and_a_second_merge_finds_one_customer(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient
) -> None:
    first = merge(shop, layla, twin)
    before = stored(tables, shop.enterprise)
    again = merge(shop, layla, twin)
    assert (again.data, again.body["meta"]["idempotency_replayed"]) == (first.data, True)
    assert merge(shop, layla, twin, "another").status == 400
    assert stored(tables, shop.enterprise) == before


def test_one_history_shows_all_parts_and_the_ledger_says_it_all(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books
) -> None:
    merge(shop, layla, twin)
    told = call("GET", f"/customers/{layla}/context", "limit=50", shop.admin("customer:CONTEXT")).data
    assert len(told["history"]) == 8 + 6 + 1
    assert [grant["amount_minor"] for grant in told["customer"]["grants"]] == [100, 30]
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_nothing_that_was_prepared_for_the_absorbed_is_left(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient
) -> None:
    ask(tables, shop.enterprise, twin, asked(TWIN))
    Exports(tables, "RecordsTable").prepare(shop.enterprise, twin, "job-1", None)

    def prepared() -> list[str]:
        rows = stored(tables, shop.enterprise)["RecordsTable"]
        mine = [row["sk"]["S"] for row in rows if row["pk"]["S"].endswith(twin)]
        return [each for each in mine if each in ("export", "verification")]

    assert prepared() == ["export", "verification"]
    merge(shop, layla, twin)
    assert prepared() == []


def test_the_history_stays_where_it_is(shop: Shop, layla: str, twin: str, books: Books) -> None:
    def history() -> list[Any]:
        rows = [row for row in books.rows("RecordsTable") if row["pk"]["S"].endswith(twin)]
        return [row for row in rows if row["sk"]["S"].startswith(("ledger#", "purchase#", "refund#", "grant#"))]

    before = history()
    assert len(before) == 8
    merge(shop, layla, twin)
    assert history() == before


def test_facts_about_either_reach_the_one(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books, clock: Clock
) -> None:
    merge(shop, layla, twin)
    # A top-up does not wait for the history.
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    later = (clock.at + timedelta(seconds=1)).isoformat()
    shop.told("balance.topped_up", TWIN, amount_minor=10, **MONEY)
    shop.told("balance.topped_up", customer={"customer_id": twin}, amount_minor=100, **MONEY)
    shop.told("balance.topped_up", customer={"provider_customer_id": "pos-twin"}, amount_minor=1000, **MONEY)
    # The same purchase told again, and each one's grant released by its own address.
    shop.told("purchase.completed", TWIN, purchase_id="p1", amount_minor=1500, occurred_at=later, **MONEY)
    shop.told("promo.released", TWIN, grant_id="welcome", occurred_at=later)
    found = shop.lookup("phone=33001122").data["customer"]
    assert found["balance"] == {"spendable_minor": 13000 + 1111 + 30, "locked_promo_minor": 100, "currency": "QAR"}
    assert (found["activity"]["visit_count"], found["activity"]["lifetime_spend_minor"]) == (2, 185500)
    assert shop.lookup("phone=66005566").data["customer"] == found
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_a_grant_of_the_absorbed_customer_can_be_released_by_the_survivors_id(
    shop: Shop, layla: str, tables: DynamoDBClient, books: Books, clock: Clock
) -> None:
    # It expires later than others, so that it is not among the first that are looked at.
    for phone, grant_id, year in ((TWIN, "theirs", 2031), (LAYLA, "a", 2029), (LAYLA, "b", 2030)):
        at = f"{year}-01-01T00:00:00Z"
        shop.told("promo.granted", phone, grant_id=grant_id, amount_minor=30, expires_at=at, **MONEY)
    merge(shop, layla, id_of(tables, shop, TWIN))
    shop.told("promo.released", customer={"customer_id": layla}, grant_id="theirs")
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 12530
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_the_phone_of_the_absorbed_may_become_the_survivors_own(shop: Shop, layla: str, twin: str) -> None:
    merge(shop, layla, twin)
    headers = {"Idempotency-Key": "c", "Content-Type": "application/json"}
    office = shop.admin("customer:UPDATE")
    reply = call("PATCH", f"/customers/{layla}", "", office, headers=headers, body={"phone": TWIN})
    assert (reply.status, reply.data["phone"]) == (200, TWIN)
    assert shop.lookup("phone=66005566").data["customer"]["balance"]["spendable_minor"] == 13000
    assert shop.lookup("phone=33001122").data["status"] == "not_found"


def test_money_of_before_the_merge_that_comes_late_is_counted(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books
) -> None:
    merge(shop, layla, twin)
    for customer in ({"phone": LAYLA}, {"phone": TWIN}, {"customer_id": twin}):
        shop.told("balance.topped_up", customer=customer, amount_minor=7, occurred_at=BEFORE, **MONEY)
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 13021
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_a_grant_that_is_told_while_the_history_is_brought_over_hides_none_that_expires_sooner(
    shop: Shop, layla: str, tables: DynamoDBClient, books: Books
) -> None:
    for phone, year in ((TWIN, 2029), (LAYLA, 2030)):
        at = f"{year}-01-01T00:00:00Z"
        shop.told("promo.granted", phone, grant_id=f"g-{year}", amount_minor=30, expires_at=at, **MONEY)
    merge(shop, layla, id_of(tables, shop, TWIN))
    told = {"fact_id": "meanwhile", "grant_id": "g-2031", "expires_at": "2031-01-01T00:00:00Z"}

    def tell() -> str:
        return books.post("promo.granted", about=LAYLA, amount_minor=30, **told)

    # Perhaps it has to come again.
    with suppress(NotYet):
        tell()
    tell()
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_what_was_said_before_the_merge_and_comes_late_ends_as_if_it_had_come_in_order(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books
) -> None:
    merge(shop, layla, twin)
    shop.told("consent.updated", TWIN, consent={"marketing": True, "sms": False}, occurred_at=BEFORE)
    shop.told("customer.verified", TWIN, occurred_at=BEFORE)
    shop.told("preferences.updated", TWIN, preferences={"milk": "none"}, occurred_at=BEFORE)
    told = call("GET", f"/customers/{layla}/context", "", shop.admin("customer:CONTEXT")).data["customer"]
    # The twin's later statement is what was combined; the refusal of marketing was withdrawn before the merge.
    assert told["consent"] == {"marketing": True, "sms": False}
    assert told["preferences"] == {"milk": "none"}
    assert told["state"] == "VERIFIED"
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_what_is_said_after_the_merge_is_said_of_the_one_person(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, clock: Clock
) -> None:
    merge(shop, layla, twin)
    later = (clock.at + timedelta(seconds=1)).isoformat()
    shop.told("consent.updated", TWIN, consent={"marketing": True}, occurred_at=later)
    told = call("GET", f"/customers/{layla}/context", "", shop.admin("customer:CONTEXT")).data["customer"]
    assert told["consent"] == {"marketing": True}


def test_an_event_by_the_absorbed_phone_is_the_survivors(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient
) -> None:
    merge(shop, layla, twin)
    reply = record(shop, phone=TWIN)
    assert (reply.status, reply.data["event"]["customer_id"]) == (201, layla)


def test_a_chain_of_merges_is_one_step(
    shop: Shop, layla: str, twin: str, tables: DynamoDBClient, books: Books, requests: list[str]
) -> None:
    third = "+97455003344"
    shop.told("balance.topped_up", third, amount_minor=7, **MONEY)
    first = id_of(tables, shop, third)
    merge(shop, twin, first, "one")
    merge(shop, layla, twin, "two")
    requests.clear()
    found = shop.lookup("phone=55003344").data["customer"]
    assert requests == ["GetItem", "GetItem"]
    assert (found["phone"], found["balance"]["spendable_minor"]) == (LAYLA, 13007)
    told = call("GET", f"/customers/{first}/context", "", shop.admin("customer:CONTEXT")).data["customer"]
    assert sorted(each["customer_id"] for each in told["absorbed"]) == sorted([first, twin])
    shop.told("balance.topped_up", third, amount_minor=1, occurred_at=BEFORE, **MONEY)
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 13008
    assert books.rebuild.compare(shop.enterprise, layla, "QAR").differences == ()


def test_a_session_of_the_absorbed_customer_is_the_survivors(shop: Shop, layla: str, twin: str) -> None:
    session = opened(shop)
    assert identify(shop, session, {"phone": TWIN}).data["customer_id"] == twin
    merge(shop, layla, twin)
    # The snapshot of the absorbed customer is not shown any more: read or identified again, it is the survivor.
    context = read(shop, session).data["context"]
    assert (context["customer_id"], context["customer"]["phone"]) == (layla, LAYLA)
    assert identify(shop, session, {"phone": TWIN}).data["customer_id"] == layla
    assert identify(shop, session, {"phone": LAYLA}).data["customer_id"] == layla
    assert read(shop, session).data["context"]["customer"]["phone"] == LAYLA


def test_a_session_of_another_customer_stays_theirs(shop: Shop, layla: str, twin: str) -> None:
    session = opened(shop)
    identify(shop, session, {"phone": TWIN})
    assert identify(shop, session, {"phone": LAYLA}).status == 400
