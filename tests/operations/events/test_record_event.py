"""POST /customers/{phone}/events, through the template's route and the template's tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.events import RECORD_EVENT
from customers.domain.events.recorded import EVENT_TYPES, MAX_ATTRIBUTES
from customers.store.customers.copy_leads import leads, led_to
from customers.wire.events.types import EXAMPLES
from tests.operations.conftest import LAYLA, MONEY, Clock, Shop
from tests.support.http.gateway import call
from tests.support.recording import CHECK_IN, answers, events, outbox, record, stored
from tests.support.sessions import field_of

# ------------------------------------------------------------------------------------------ what is recorded


def test_what_is_recorded_is_told(shop: Shop, clock: Clock, layla: str) -> None:
    reply = record(shop)
    now = clock.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert reply.status == 201
    assert reply.data == {
        "status": "registered",
        "event": {
            "event_id": reply.data["event"]["event_id"],
            "event_type": "check_in",
            "attributes": CHECK_IN["attributes"],
            "customer_id": layla,
            "branch_id": "branch-1",
            "occurred_at": now,
            "recorded_at": now,
        },
    }
    assert reply.body["meta"]["idempotency_replayed"] is False
    assert reply.body["meta"]["data_completeness_score"] == 100
    assert reply.headers["Cache-Control"] == "no-store"


def test_it_is_in_the_history_where_it_happened(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    told = record(shop, {**CHECK_IN, "occurred_at": "2026-11-01T12:00:00.25+03:00"}).data["event"]
    assert told["occurred_at"] == "2026-11-01T09:00:00Z"
    page = call("GET", f"/customers/{layla}/context", "limit=50", shop.admin("customer:CONTEXT")).data["history"]
    assert [each["occurred_at"] for each in page] == sorted((each["occurred_at"] for each in page), reverse=True)
    assert page[-1] == {
        "id": told["event_id"],
        "type": "event.check_in",
        "occurred_at": "2026-11-01T09:00:00Z",
        "detail": {
            "attributes": CHECK_IN["attributes"],
            "branch_id": "branch-1",
            "recorded_at": told["recorded_at"],
        },
    }


def test_others_are_told_of_it_without_a_word_about_the_person(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    told = record(shop, {"event_type": "feedback", "attributes": {"comment": "Layla 33001122"}}).data["event"]
    (row,) = outbox(tables, shop)
    assert row["pk"]["S"] == f"{shop.enterprise}#{layla}"
    assert row["sk"]["S"].startswith(f"outbox#{told['recorded_at'][:-1]}.")
    assert row["sk"]["S"].endswith(f"#{told['event_id']}")
    assert row["type"]["S"] == "customer.event_recorded"
    assert json.loads(row["detail"]["S"]) == {
        "event_id": told["event_id"],
        "version": 1,
        "enterprise_id": shop.enterprise,
        "customer_id": layla,
        "event_type": "feedback",
        "branch_id": "branch-1",
        "occurred_at": told["occurred_at"],
        "recorded_at": told["recorded_at"],
    }


@pytest.mark.parametrize("kind", EVENT_TYPES)
@pytest.mark.parametrize("attributes", ["known", "free", "empty", "null", "none"])
def test_every_type_takes_its_attributes_and_others_or_none(shop: Shop, layla: str, kind: Any, attributes: str) -> None:
    free = {"ليلى": [1, {"deep": None}], "+97433001122": 1.5, "big": 10**30}
    given: dict[str, Any] = {"known": EXAMPLES[kind], "free": free, "empty": {}, "null": None}
    body = {"event_type": kind, **({"attributes": given[attributes]} if attributes in given else {})}
    reply = record(shop, body)
    assert reply.status == 201
    assert reply.data["event"]["event_type"] == kind
    assert reply.data["event"]["attributes"] == (given.get(attributes) or {})


def test_who_never_registered_has_events_too(shop: Shop, tables: DynamoDBClient) -> None:
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    reply = record(shop)
    assert (reply.status, reply.data["status"]) == (201, "pending_proof")
    assert len(events(tables, shop)) == 1


def test_an_event_changes_nothing_of_a_lookup(shop: Shop, clock: Clock, layla: str) -> None:
    before = shop.lookup("phone=33001122").body
    record(shop)
    assert shop.lookup("phone=33001122").body == before


# ------------------------------------------------------------------------------------------ who is unknown


def test_who_becomes_known_is_recorded_under_the_key_that_found_nobody(shop: Shop, tables: DynamoDBClient) -> None:
    assert record(shop, key="k").status == 200
    shop.told_of_layla()
    assert record(shop, key="k").status == 201
    assert len(events(tables, shop)) == 1


# ------------------------------------------------------------------------------------------ once


def test_an_answer_that_has_expired_is_none(shop: Shop, clock: Clock, tables: DynamoDBClient, layla: str) -> None:
    first = record(shop, key="k")
    clock.forward(hours=72, seconds=1)
    anew = record(shop, key="k")
    assert (anew.status, anew.body["meta"]["idempotency_replayed"]) == (201, False)
    assert len(events(tables, shop)) == 2
    clock.forward(hours=1)
    assert record(shop, key="k").data == anew.data != first.data


def test_a_receipt_says_when_it_ends_and_whose_it_is(
    shop: Shop, clock: Clock, tables: DynamoDBClient, layla: str
) -> None:
    record(shop, key="k")
    (receipt,) = answers(tables, shop.enterprise)
    assert receipt["pk"]["S"] == f"{shop.enterprise}#record_event#k"
    assert int(receipt["ttl"]["N"]) == int((clock.at + timedelta(hours=72)).timestamp())
    found = [led_to(row) for row in leads(tables, "ReceiptsTable", shop.enterprise, layla)]
    assert found == [("answers", receipt["pk"]["S"])]


def test_a_request_that_is_sent_again_tells_nothing_of_who_was_disabled_since(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    record(shop, key="k")
    shop.disabled_layla()
    again = record(shop, key="k")
    assert (again.status, again.data) == (200, {"status": "not_found", "event": None})
    assert len(events(tables, shop)) == 1


@pytest.mark.parametrize("phone", ["33001122", " 97433001122", "0097433001122", "+974 3300-1122", "٣٣٠٠١١٢٢"])
def test_two_spellings_ask_the_same(shop: Shop, tables: DynamoDBClient, layla: str, phone: str) -> None:
    one = {"event_type": "check_in", "attributes": {"a": 1, "b": [2]}, "occurred_at": "2026-11-01T10:00:00Z"}
    at = '"occurred_at":"2026-11-01T13:00:00.0+03:00"'
    other = f'{{{at}, "attributes":{{"b":[2.0],"\\u0061":1e0}},"event_type" : "check_in"}}'
    first = record(shop, one, key="k")
    again = record(shop, other, key="k", phone=phone)
    assert (again.status, again.data) == (201, first.data)
    assert again.body["meta"]["idempotency_replayed"] is True
    assert len(events(tables, shop)) == 1


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "type": ({"event_type": "feedback", "attributes": CHECK_IN["attributes"]}, LAYLA),
    "attributes": ({"event_type": "check_in", "attributes": {}}, LAYLA),
    "number for text": ({"event_type": "check_in", "attributes": {"a": "1"}}, LAYLA),
    "occurred_at": ({**CHECK_IN, "occurred_at": "2026-11-01T10:00:00Z"}, LAYLA),
    "phone": (CHECK_IN, "+97466005566"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_the_key_of_another_request_is_a_422(shop: Shop, tables: DynamoDBClient, layla: str, other: str) -> None:
    shop.told("balance.topped_up", "+97466005566", amount_minor=1, **MONEY)
    body, phone = OTHERS[other]
    first = record(shop, {**CHECK_IN, "attributes": {"a": 1}} if other == "number for text" else None, key="k")
    before = stored(tables, shop.enterprise)
    reply = record(shop, body, key="k", phone=phone)
    assert (reply.status, reply.body["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert [each["field"] for each in reply.body["error"]["details"]] == ["Idempotency-Key"]
    assert stored(tables, shop.enterprise) == before
    assert first.status == 201


def test_the_same_at_another_branch_is_another_request(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    """It would be another event: who has the key by chance is told so, and not given this one."""
    first = record(shop, key="k")
    reply = record(shop, key="k", principal=replace(shop.till, branch="branch-2"))
    assert (first.status, reply.status) == (201, 422)
    assert len(events(tables, shop)) == 1


def test_keys_of_the_same_letters_in_another_case_are_two(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    assert [record(shop, key=key).body["meta"]["idempotency_replayed"] for key in ("k", "K", "k#", "k")] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("key", ["!", "~" * 255, "a#b", '"quoted"', ["twice", "twice"]])
def test_a_key_is_any_visible_ascii(shop: Shop, layla: str, key: str | list[str]) -> None:
    assert record(shop, key=key).status == 201


# ------------------------------------------------------------------------------------------ what is malformed


@pytest.mark.parametrize(
    ("text", "meant"),
    [("checkin", "check_in"), ("Check-In", "check_in"), ("survey", "survey_response"), ("feedbak", "feedback")],
)
def test_an_unknown_type_is_told_all_types_and_the_nearest(shop: Shop, layla: str, text: str, meant: str) -> None:
    reply = record(shop, {"event_type": text})
    assert field_of(reply) == "event_type"
    issue = reply.body["error"]["details"][0]["issue"]
    assert issue == f"is not one of {', '.join(EVENT_TYPES)}; did you mean {meant}?"


@pytest.mark.parametrize("text", ["purchase", "", "+97433001122", "x" * 60_000])
def test_a_type_that_is_like_none_is_not_repeated(shop: Shop, layla: str, text: str) -> None:
    reply = record(shop, {"event_type": text})
    assert field_of(reply) == "event_type"
    assert reply.body["error"]["details"][0]["issue"] == f"is not one of {', '.join(EVENT_TYPES)}"


def filled(size: int, letter: str = "x") -> dict[str, str]:
    """Attributes of so many bytes."""
    frame = len(b'{"note":""}')
    count, rest = divmod(size - frame, len(letter.encode()))
    return {"note": letter * count + "x" * rest}


@pytest.mark.parametrize("letter", ["x", "é", "ل", "🥛", '"'])
def test_attributes_are_4_kb_and_not_a_byte_more(shop: Shop, tables: DynamoDBClient, layla: str, letter: str) -> None:
    whole = filled(MAX_ATTRIBUTES, letter) if letter != '"' else {"note": '"' * ((MAX_ATTRIBUTES - 11) // 2) + "x"}
    assert len(json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()) == MAX_ATTRIBUTES
    assert record(shop, {"event_type": "check_in", "attributes": whole}).status == 201
    before = stored(tables, shop.enterprise)
    more = {"note": whole["note"] + "x"}
    assert field_of(record(shop, {"event_type": "check_in", "attributes": more})) == "attributes"
    assert stored(tables, shop.enterprise) == before


@pytest.mark.parametrize("deepest", ["x", None, {}, [], {"c": 1}, [1]])
def test_attributes_have_three_levels_and_not_one_more(shop: Shop, layla: str, deepest: Any) -> None:
    is_level = isinstance(deepest, dict | list)
    for three in ({"a": {"b": deepest}}, {"a": [deepest]}):
        assert record(shop, {"event_type": "check_in", "attributes": three}).status == 201
    for four in ({"a": {"b": {"c": deepest}}}, {"a": [[deepest]]}):
        reply = record(shop, {"event_type": "check_in", "attributes": four})
        assert (reply.status == 400) == is_level
        assert not is_level or field_of(reply) == "attributes"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "event_type"),
        ({"event_type": None}, "event_type"),
        ({"event_type": ["check_in"]}, "event_type"),
        ({"event_type": "check_in", "attributes": []}, "attributes"),
        ({"event_type": "check_in", "attributes": "note"}, "attributes"),
        ({"event_type": "check_in", "attributes": {"note": 5}}, "attributes.note"),
        ({"event_type": "survey_response", "attributes": {"score": "9"}}, "attributes.score"),
        ({"event_type": "feedback", "attributes": {"rating": 11}}, "attributes.rating"),
        ({"event_type": "feedback", "attributes": {"rating": True}}, "attributes.rating"),
        ({"event_type": "check_in", "customer_id": "usr_1"}, "customer_id"),
        ({"event_type": "check_in", "occurred_at": "yesterday"}, "occurred_at"),
        ({"event_type": "check_in", "occurred_at": 1793520000}, "occurred_at"),
        ({"event_type": "check_in", "occurred_at": "2026-06-05T09:10:00"}, "occurred_at"),
        ({"event_type": "check_in", "occurred_at": "1969-12-31T23:59:59Z"}, "occurred_at"),
        ({"event_type": "check_in", "occurred_at": "2026-02-30T00:00:00Z"}, "occurred_at"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_the_malformed_field_is_named_for_any_customer(
    shop: Shop, tables: DynamoDBClient, body: object, field: str, known: bool
) -> None:
    if known:
        shop.told_of_layla()
    before = stored(tables, shop.enterprise)
    assert field_of(record(shop, body)) == field
    assert stored(tables, shop.enterprise) == before


def test_a_clock_may_be_five_minutes_ahead(shop: Shop, clock: Clock, layla: str) -> None:
    def at(**ahead: float) -> dict[str, Any]:
        return {**CHECK_IN, "occurred_at": (clock.at + timedelta(**ahead)).isoformat()}

    assert record(shop, at(minutes=5)).status == 201
    assert field_of(record(shop, at(minutes=5, seconds=1))) == "occurred_at"
    assert record(shop, {**CHECK_IN, "occurred_at": "1970-01-01T00:00:00Z"}).status == 201


MEGABYTE = 1024 * 1024
TWICE, UNREAL, LONG = "sent more than once", "JSON does not allow", "too many digits"
HALF, DEEP, LARGE = "half of a surrogate pair", "nested too deeply", "longer than"


def with_attribute(value: str, name: str = "a") -> str:
    return f'{{"event_type": "check_in", "attributes": {{"{name}": {value}}}}}'


HOSTILE = {
    "a name twice": ('{"event_type": "check_in", "event_type": "feedback"}', "event_type", TWICE),
    "a name twice, inside": (with_attribute('1, "a": 2'), "a", TWICE),
    "a name twice, deep inside": (with_attribute('{"b": [{"c": 1, "c": 1}]}'), "c", TWICE),
    "NaN": (with_attribute("NaN"), "body", UNREAL),
    "infinity": (with_attribute("-Infinity"), "body", UNREAL),
    "a number beyond all floats": (with_attribute("1e999"), "body", "too large"),
    "an integer of 41 digits": (with_attribute("9" * 41), "body", LONG),
    "an integer of 5,000 digits": (with_attribute("9" * 5000), "body", LONG),
    "a fraction of 5,000 digits": (with_attribute("0." + "9" * 5000), "body", LONG),
    "half a character": (with_attribute('"\\ud800"'), "attributes", HALF),
    "half a character in a name": (with_attribute("1", "\\udc00"), "attributes", HALF),
    "half a character in the type": ('{"event_type": "\\ud800"}', "event_type", HALF),
    "900 levels": (with_attribute("[" * 900 + "]" * 900), "attributes", "more than 3 levels"),
    "9,000 levels": (with_attribute('{"a":' * 9000 + "1" + "}" * 9000), "body", DEEP),
    "70 kB": (with_attribute('"' + "x" * 70_000 + '"'), "body", LARGE),
    "1 MB": (with_attribute('"' + "x" * MEGABYTE + '"'), "body", LARGE),
    "1 MB of white space": ('{"event_type": "check_in"' + " " * MEGABYTE + "}", "body", LARGE),
    "1 MB of levels": ("[" * MEGABYTE, "body", LARGE),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_json_is_a_4xx_that_says_why_and_leaves_nothing(
    shop: Shop, tables: DynamoDBClient, layla: str, hostile: str
) -> None:
    body, field, why = HOSTILE[hostile]
    before = stored(tables, shop.enterprise)
    reply = record(shop, body)
    assert (reply.status, reply.body["error"]["code"]) == (
        (413, "PAYLOAD_TOO_LARGE") if why is LARGE else (400, "VALIDATION_ERROR")
    )
    (detail,) = reply.body["error"]["details"]
    assert detail["field"] == field
    assert why in detail["issue"]
    assert stored(tables, shop.enterprise) == before


def test_control_characters_are_kept_as_they_were_sent(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    odd = {"note": "\x00\x1f\u2028\u202e", "": "", "\x00": [-0.0, 1e-300]}
    first = record(shop, {"event_type": "check_in", "attributes": odd}, key="k")
    again = record(shop, {"event_type": "check_in", "attributes": odd}, key="k")
    assert first.data["event"]["attributes"] == odd
    assert json.dumps(again.data) == json.dumps(first.data)
    (row,) = events(tables, shop)
    assert json.loads(row["detail"]["S"])["attributes"] == odd


# ------------------------------------------------------------------------------------------ who may


def test_a_malformed_body_is_refused_before_anything_is_replayed(shop: Shop, requests: list[str], layla: str) -> None:
    record(shop, key="k")
    requests.clear()
    assert field_of(record(shop, {"event_type": "purchase"}, key="k")) == "event_type"
    assert requests == []


# ------------------------------------------------------------------------------------------ cost, log


def test_it_makes_the_requests_of_its_budget(shop: Shop, requests: list[str], layla: str) -> None:
    requests.clear()
    record(shop, key="k")
    assert requests == ["GetItem", "GetItem", "TransactWriteItems"]
    assert len(requests) == RECORD_EVENT.budget


def test_the_clock_of_the_answer_is_utc(shop: Shop, layla: str) -> None:
    told = datetime.fromisoformat(record(shop).data["event"]["recorded_at"])
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
