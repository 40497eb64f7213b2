"""PATCH /customers/{id}, through the template's route and the template's tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.identity import CORRECT
from customers.store.dynamodb.client import connect
from tests.operations.conftest import LAYLA, MONEY, PROVIDER_ID, Clock, Shop
from tests.support.crashes import WRITE
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of, outbox, stored

TYPO = "+97433001123"
"""What was typed for Layla's phone: another mobile number of Qatar."""
OMAR = "+97466005566"
BEFORE = "2026-11-01T11:00:00Z"


def correct(shop: Shop, customer_id: str, key: str = "k", /, **body: Any) -> Reply:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    reply = call("PATCH", f"/customers/{customer_id}", "", shop.admin("customer:UPDATE"), headers=headers, body=body)
    conforms(CORRECT, reply)
    return reply


@pytest.fixture
def wallet(shop: Shop, tables: DynamoDBClient) -> str:
    """Somebody who never registered, under a mistyped phone, with a locked grant: by id."""
    shop.told("promo.granted", TYPO, grant_id="welcome", amount_minor=2500, **MONEY)
    return id_of(tables, shop, TYPO)


def test_the_grant_follows_the_corrected_phone_and_the_old_one_is_a_strangers(shop: Shop, wallet: str) -> None:
    reply = correct(shop, wallet, phone="3300 1122")
    assert reply.status == 200
    assert reply.data["corrected"] == ["phone"]
    assert (reply.data["phone"], reply.data["state"], reply.data["status"]) == (LAYLA, "PENDING_PROOF", "pending_proof")
    assert reply.data["verification"]["verification_id"].startswith("ver_")
    found = shop.lookup("phone=33001122").data
    assert found["unclaimed_cashback"]["amount_minor"] == 2500
    assert shop.lookup("phone=33001123").data["status"] == "not_found"


def test_a_verified_customer_has_to_verify_the_new_phone(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told_of_layla()
    layla = id_of(tables, shop)
    assert correct(shop, layla, phone=TYPO).data["state"] == "PENDING_PROOF"
    found = shop.lookup("phone=33001123").data
    assert found["status"] == "pending_proof"
    assert found["customer"]["balance"]["spendable_minor"] == 12500
    assert found["customer"]["activity"]["visit_count"] == 1
    assert shop.lookup(f"provider_customer_id={PROVIDER_ID}").data["customer"]["phone"] == TYPO


def test_a_name_alone_needs_no_new_verification(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told_of_layla()
    layla = id_of(tables, shop)
    reply = correct(shop, layla, name="  Leila Hassan ")
    assert (reply.data["name"], reply.data["state"]) == ("Leila Hassan", "VERIFIED")
    assert (reply.data["corrected"], reply.data["verification"]) == (["name"], None)
    assert shop.lookup("phone=33001122").data["customer"]["name"] == "Leila Hassan"
    assert [row["type"]["S"] for row in outbox(tables, shop)] == ["customer.corrected"]


def test_a_name_may_have_200_characters(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told_of_layla()
    assert correct(shop, id_of(tables, shop), name="L" * 200).data["name"] == "L" * 200


def test_what_is_so_already_changes_nothing(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told_of_layla()
    layla = id_of(tables, shop)
    before = stored(tables, shop.enterprise)
    reply = correct(shop, layla, name="Layla Hassan", phone=LAYLA)
    assert (reply.status, reply.data["corrected"], reply.data["state"]) == (200, [], "VERIFIED")
    assert stored(tables, shop.enterprise) == before


def test_a_name_holds_over_one_that_a_till_with_a_fast_clock_told(shop: Shop, tables: DynamoDBClient) -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    shop.told("customer.registered", LAYLA, name="Lyla", occurred_at=ahead)
    correct(shop, id_of(tables, shop), name="Layla")
    assert shop.lookup("phone=33001122").data["customer"]["name"] == "Layla"


def test_a_taken_number_points_to_merge_and_tells_nothing_of_its_holder(
    shop: Shop, wallet: str, tables: DynamoDBClient
) -> None:
    shop.told_of_layla()
    before = stored(tables, shop.enterprise)["CustomersTable"]
    taken = correct(shop, wallet, phone=LAYLA)
    assert (taken.status, taken.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert stored(tables, shop.enterprise)["CustomersTable"] == before
    (detail,) = taken.body["error"]["details"]
    assert detail["field"] == "phone"
    assert "/merge" in detail["issue"]
    shop.disabled_layla()
    of_disabled = correct(shop, wallet, "k2", phone=LAYLA)
    assert of_disabled.body == taken.body
    assert "Layla" not in json.dumps(taken.body)


def test_a_number_that_a_fact_opens_meanwhile_stays_its_new_holders(
    shop: Shop, wallet: str, tables: DynamoDBClient
) -> None:
    told = [lambda: shop.told("balance.topped_up", LAYLA, amount_minor=9, **MONEY)]

    def overtake(**_: object) -> None:
        if told:
            told.pop()()

    events = connect().meta.events
    events.register_first(WRITE, overtake)
    reply = correct(shop, wallet, phone=LAYLA)
    events.unregister(WRITE, overtake)
    assert [each["field"] for each in reply.body["error"]["details"]] == ["phone"]
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 9
    assert shop.lookup("phone=33001123").data["unclaimed_cashback"]["amount_minor"] == 2500


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": "\u200f\u200b"}, "name"),
        ({"name": "\u3164"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"phone": "12"}, "phone"),
        ({"phone": "+97441234567"}, "phone"),  # possible, never valid
        ({"phone": "+97444001122"}, "phone"),  # a landline
        ({"phone": 33001122}, "phone"),
        ({"nickname": "L"}, "nickname"),
    ],
)
def test_what_cannot_be_is_refused_by_name(shop: Shop, wallet: str, body: dict[str, Any], field: str) -> None:
    reply = correct(shop, wallet, **body)
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in reply.body["error"]["details"]] == [field]


def test_who_is_unknown_and_who_is_anothers_are_not_found_alike(shop: Shop, enterprise: str, wallet: str) -> None:
    nobody = correct(shop, "usr_0", name="A")
    theirs = correct(Shop(enterprise + "-other"), wallet, name="A")
    assert nobody.status == theirs.status == 404
    assert nobody.body["error"] == theirs.body["error"]


def test_what_is_wrong_about_a_disabled_customer_is_corrected_and_no_link_is_sent(
    shop: Shop, tables: DynamoDBClient
) -> None:
    shop.told_of_layla()
    layla = id_of(tables, shop)
    shop.disabled_layla()
    corrected = correct(shop, layla, phone=TYPO, name="Leila")
    assert corrected.status == 200
    shown = {name: corrected.data[name] for name in ("status", "state", "name", "phone", "verification")}
    assert shown == {
        "status": "not_found",
        "state": "DISABLED",
        "name": "Leila",
        "phone": TYPO,
        "verification": None,
    }
    assert [row["type"]["S"] for row in outbox(tables, shop)] == ["customer.corrected"]
    # The same phone again, after the customer has been enabled, sends the link.
    shop.told("customer.enabled", TYPO, occurred_at="2026-11-03T10:00:00Z")
    again = correct(shop, layla, "k3", phone=TYPO)
    assert (again.data["state"], again.data["corrected"]) == ("PENDING_PROOF", [])
    assert again.data["verification"]


def test_a_disabled_customer_takes_no_phone_from_another(shop: Shop, tables: DynamoDBClient, wallet: str) -> None:
    shop.told_of_layla()
    shop.told("customer.disabled", TYPO)
    taken = correct(shop, wallet, phone=LAYLA)
    assert (taken.status, [each["field"] for each in taken.body["error"]["details"]]) == (400, ["phone"])


def test_a_retry_gets_the_first_answer(shop: Shop, wallet: str, tables: DynamoDBClient) -> None:
    first = correct(shop, wallet, phone=LAYLA)
    before = stored(tables, shop.enterprise)
    again = correct(shop, wallet, phone="+974 3300-1122")
    assert (again.status, again.data) == (first.status, first.data)
    assert again.body["meta"]["idempotency_replayed"] is True
    assert stored(tables, shop.enterprise) == before
    assert correct(shop, wallet, phone=TYPO).status == 422


def test_others_are_told_without_a_word_about_the_person(shop: Shop, wallet: str, tables: DynamoDBClient) -> None:
    correct(shop, wallet, phone=LAYLA, name="Layla")
    rows = {row["type"]["S"]: row["detail"]["S"] for row in outbox(tables, shop)}
    assert rows.keys() == {"customer.corrected", "customer.verification_requested"}
    told = json.loads(rows["customer.corrected"])
    assert (told["customer_id"], told["corrected"]) == (wallet, ["name", "phone"])
    assert "33001122" not in str(rows)
    assert "Layla" not in str(rows)


# ------------------------------------------------------------------------------------- what comes late, or by a detour


def test_a_fact_from_before_follows_the_person_and_one_from_after_is_a_strangers(
    shop: Shop, wallet: str, clock: Clock
) -> None:
    correct(shop, wallet, phone=LAYLA)
    shop.told("balance.topped_up", TYPO, amount_minor=100, occurred_at=BEFORE, **MONEY)
    assert shop.lookup("phone=33001123").data["status"] == "not_found"
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 100
    later = (clock.at + timedelta(seconds=1)).isoformat()
    shop.told("balance.topped_up", TYPO, amount_minor=7, occurred_at=later, **MONEY)
    assert shop.lookup("phone=33001123").data["customer"]["balance"]["spendable_minor"] == 7
    shop.told("balance.topped_up", TYPO, amount_minor=1, occurred_at=BEFORE, **MONEY)
    assert shop.lookup("phone=33001123").data["customer"]["balance"]["spendable_minor"] == 7
    assert shop.lookup("phone=33001122").data["customer"]["balance"]["spendable_minor"] == 101


def test_a_proof_of_the_old_phone_does_not_verify_the_new_one(shop: Shop, wallet: str, clock: Clock) -> None:
    correct(shop, wallet, phone=LAYLA)
    shop.told("customer.verified", TYPO, occurred_at=BEFORE)
    assert shop.lookup("phone=33001122").data["status"] == "pending_proof"
    later = (clock.at + timedelta(seconds=1)).isoformat()
    shop.told("customer.verified", LAYLA, occurred_at=later)
    assert shop.lookup("phone=33001122").data["status"] == "registered"


def test_who_goes_back_to_the_old_phone_is_found_there_again(shop: Shop, wallet: str, clock: Clock) -> None:
    correct(shop, wallet, "there", phone=LAYLA)
    clock.forward(minutes=1)
    correct(shop, wallet, "back", phone=TYPO)
    assert shop.lookup("phone=33001122").data["status"] == "not_found"
    shop.told("balance.topped_up", LAYLA, amount_minor=5, occurred_at=BEFORE, **MONEY)
    shop.told("balance.topped_up", TYPO, amount_minor=6, occurred_at=BEFORE, **MONEY)
    found = shop.lookup("phone=33001123").data
    assert found["customer"]["balance"]["spendable_minor"] == 11
    assert found["unclaimed_cashback"]["amount_minor"] == 2500


def test_the_sixth_link_within_a_day_is_refused(shop: Shop, wallet: str, clock: Clock) -> None:
    for number in range(5):
        assert correct(shop, wallet, f"k{number}", phone=f"+9743300112{number + 4}").status == 200
        clock.forward(minutes=1)
    refused = correct(shop, wallet, "k6", phone=LAYLA)
    assert (refused.status, refused.body["error"]["code"]) == (429, "RATE_LIMITED")
    assert int(refused.headers["Retry-After"]) > 0
    assert correct(shop, wallet, "k7", name="Layla").status == 200


@pytest.mark.parametrize(
    ("home_region", "countries", "allowed"),
    [
        ("QA", None, {"QA"}),
        ("QA", ("GB", "QA"), {"GB", "QA"}),
        ("QA", ("JM",), {"JM"}),
        ("QA", (), set()),
        (None, None, {"QA", "GB", "US", "JM"}),
    ],
)
def test_a_link_goes_to_the_countries_that_the_enterprise_allows(
    shop: Shop, wallet: str, home_region: str | None, countries: tuple[str, ...] | None, allowed: set[str]
) -> None:
    shop.settings = replace(shop.settings, home_region=home_region, sms_countries=countries)
    phones = {"QA": "+97455003399", "GB": "+447400123456", "US": "+12015550123", "JM": "+18762101234"}
    replies = {country: correct(shop, wallet, country, phone=phone) for country, phone in phones.items()}
    assert {country for country, reply in replies.items() if reply.status == 200} == allowed
    refused = [reply for reply in replies.values() if reply.status != 200]
    assert {(reply.status, reply.body["error"]["details"][0]["field"]) for reply in refused} <= {(400, "phone")}


@pytest.mark.usefixtures("clock")
def test_an_enterprise_sends_no_more_sms_a_day_than_it_allows(shop: Shop, wallet: str) -> None:
    shop.settings = replace(shop.settings, sms_per_day=2)
    for number in range(2):
        assert correct(shop, wallet, f"k{number}", phone=f"+9745500330{number}").status == 200
    refused = correct(shop, wallet, "k2", phone="+97455003302")
    assert (refused.status, refused.body["error"]["code"]) == (429, "RATE_LIMITED")
    assert refused.body["error"]["details"][0]["field"] == "sms_per_day"
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert correct(shop, wallet, "k3", name="Leila").status == 200


def test_a_phone_that_is_not_verified_yet_gets_another_link_when_it_is_given_again(
    shop: Shop, wallet: str, tables: DynamoDBClient
) -> None:
    before = stored(tables, shop.enterprise)["CustomersTable"]
    reply = correct(shop, wallet, phone=TYPO)
    assert (reply.status, reply.data["corrected"], reply.data["state"]) == (200, [], "PENDING_PROOF")
    (told,) = [json.loads(row["detail"]["S"]) for row in outbox(tables, shop)]
    assert told["verification_id"] == reply.data["verification"]["verification_id"]
    assert stored(tables, shop.enterprise)["CustomersTable"] == before
    again = correct(shop, wallet, phone=TYPO)
    assert (again.data, again.body["meta"]["idempotency_replayed"]) == (reply.data, True)
    assert len(outbox(tables, shop)) == 1
    for number in range(4):
        assert correct(shop, wallet, f"more-{number}", phone=TYPO).status == 200
    assert correct(shop, wallet, "too-many", phone=TYPO).status == 429


def test_a_name_is_put_right_and_another_link_asked_for_at_once(
    shop: Shop, wallet: str, tables: DynamoDBClient
) -> None:
    reply = correct(shop, wallet, name="Layla", phone=TYPO)
    assert (reply.data["corrected"], reply.data["name"]) == (["name"], "Layla")
    assert reply.data["verification"] is not None
    types = {row["type"]["S"] for row in outbox(tables, shop)}
    assert types == {"customer.corrected", "customer.verification_requested"}


def test_no_link_goes_to_a_landline_or_to_who_was_shut_off(shop: Shop, tables: DynamoDBClient) -> None:
    landline = "+97444123456"
    shop.told("promo.granted", landline, grant_id="welcome", amount_minor=2500, **MONEY)
    refused = correct(shop, id_of(tables, shop, landline), phone=landline)
    assert (refused.status, refused.body["error"]["details"][0]["field"]) == (400, "phone")
    shop.told("customer.registered", LAYLA, name="Layla")
    layla = id_of(tables, shop)
    shop.disabled_layla()
    assert correct(shop, layla, phone=LAYLA).data["verification"] is None
    assert outbox(tables, shop) == []
