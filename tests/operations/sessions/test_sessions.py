"""Checkout sessions: opened, identified, read, through the template's routes and the template's tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.sessions import READ_SESSION
from customers.domain.sessions import SESSION_LIFETIME
from customers.store.customers.copy_leads import leads, led_to
from customers.store.customers.snapshot_invalidation import departure
from customers.store.records.keys import record_key
from tests.operations.conftest import LAYLA, MONEY, NAME, PLANTED, PROVIDER_ID, Clock, Shop
from tests.operations.identity.test_merge import merge
from tests.support.http.gateway import Reply, call
from tests.support.recording import CHECK_IN, answers, events, id_of, outbox, stored
from tests.support.sessions import (
    OMAR,
    SCAN,
    SOME_ID,
    field_of,
    identify,
    open_session,
    opened,
    read,
    row_of,
    tell,
    till_of,
)


def office(shop: Shop, method: str, path: str, permission: str, body: object) -> Reply:
    """A write of the enterprise's own office."""
    headers = {"Idempotency-Key": "office", "Content-Type": "application/json"}
    return call(method, path, "", shop.admin(permission), headers=headers, body=body)


def correct(shop: Shop, customer_id: str, phone: str) -> Reply:
    return office(shop, "PATCH", f"/customers/{customer_id}", "customer:UPDATE", {"phone": phone})


@pytest.fixture
def omar(shop: Shop) -> None:
    """Somebody else of the enterprise."""
    shop.told("customer.registered", OMAR, name="Omar Said")


def history(shop: Shop, customer_id: str) -> list[dict[str, Any]]:
    """What a till has recorded of a customer, newest first."""
    page = call("GET", f"/customers/{customer_id}/context", "limit=50", shop.admin("customer:CONTEXT")).data["history"]
    return [entry for entry in page if entry["type"].startswith("event.")]


# ------------------------------------------------------------------------------------------ opened


def test_a_session_is_anonymous_and_lasts_four_hours(shop: Shop, clock: Clock) -> None:
    reply = open_session(shop)
    assert reply.status == 201
    assert reply.data["session_id"].startswith("ses_")
    assert reply.data == {
        "session_id": reply.data["session_id"],
        "status": "anonymous",
        "opened_at": clock.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "expires_at": (clock.at + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "branch_id": "branch-1",
        "basket_reference": None,
        "events": [],
        "identified_at": None,
        "context": None,
    }
    assert reply.body["meta"]["data_completeness_score"] is None
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [None, "", "{}", {}, {"basket_reference": None, "events": None}, {"events": []}])
def test_all_of_the_body_may_be_left_out(shop: Shop, body: object) -> None:
    assert open_session(shop, body).status == 201


def test_it_keeps_what_it_is_given(shop: Shop, clock: Clock) -> None:
    told = open_session(
        shop, {"basket_reference": "b-7", "events": [SCAN, {**CHECK_IN, "occurred_at": "2026-11-01T12:00:00+03:00"}]}
    )
    first, second = told.data["events"]
    assert first["event_id"] != second["event_id"]
    assert (first["event_type"], first["occurred_at"]) == ("loyalty_card_scan", told.data["opened_at"])
    assert (second["event_type"], second["occurred_at"]) == ("check_in", "2026-11-01T09:00:00Z")
    assert read(shop, told.data["session_id"]).data == told.data
    assert told.data["basket_reference"] == "b-7"


def test_two_sessions_are_two(shop: Shop, tables: DynamoDBClient) -> None:
    assert opened(shop) != opened(shop)
    assert len(stored(tables, shop.enterprise)["SessionsTable"]) == 2


def test_what_a_session_holds_ends_with_it(shop: Shop, clock: Clock, tables: DynamoDBClient) -> None:
    open_session(shop)
    assert int(row_of(tables, shop)["ttl"]["N"]) == int((clock.at + SESSION_LIFETIME).timestamp())


# ------------------------------------------------------------------------------------------ identified


@pytest.mark.parametrize("body", [{"phone": "33001122"}, {"provider_customer_id": PROVIDER_ID}])
def test_identified_it_tells_who_it_is_and_the_session_tells_it_again(
    shop: Shop, clock: Clock, layla: str, body: dict[str, str]
) -> None:
    session = opened(shop)
    clock.forward(minutes=5)
    told = identify(shop, session, body)
    alone = tell(shop, body)
    assert told.status == 200
    assert told.data == {
        **alone.data,
        "session_id": session,
        "identified_at": clock.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "merged_event_ids": [],
    }
    assert told.data["customer"]["name"] == NAME
    assert told.body["meta"]["data_completeness_score"] == 100
    at = told.data["identified_at"]
    clock.forward(minutes=5)
    held = read(shop, session)
    assert held.status == 200
    assert (held.data["status"], held.data["identified_at"]) == ("identified_in_session", at)
    assert json.dumps(held.data["context"]) == json.dumps(alone.data)
    assert held.body["meta"]["data_completeness_score"] == 100
    assert held.headers["Cache-Control"] == "no-store"


def test_what_it_has_gathered_becomes_the_customers(
    shop: Shop, clock: Clock, tables: DynamoDBClient, layla: str
) -> None:
    gathered = {"basket_reference": "b-7", "events": [{**SCAN, "occurred_at": "2026-11-01T10:00:00Z"}]}
    session = open_session(shop, gathered).data
    clock.forward(minutes=3)
    told = identify(shop, session["session_id"], {"phone": LAYLA, "events": [CHECK_IN]}).data
    scan, check_in = told["merged_event_ids"]
    assert scan == session["events"][0]["event_id"]
    now = told["identified_at"]
    common = {"branch_id": "branch-1", "recorded_at": now, "session_id": session["session_id"]}
    assert history(shop, layla) == [
        {
            "id": session["session_id"],
            "type": "event.session_identified",
            "occurred_at": now,
            "detail": {"basket_reference": "b-7", "branch_id": "branch-1", "opened_at": session["opened_at"]},
        },
        {
            "id": check_in,
            "type": "event.check_in",
            "occurred_at": now,
            "detail": {"attributes": CHECK_IN["attributes"], **common},
        },
        {
            "id": scan,
            "type": "event.loyalty_card_scan",
            "occurred_at": "2026-11-01T10:00:00Z",
            "detail": {"attributes": SCAN["attributes"], **common},
        },
    ]
    # Others are told of both, in the order in which they were given, and not a word about the person.
    rows = sorted(outbox(tables, shop), key=lambda row: str(row["sk"]["S"]))
    assert [row["type"]["S"] for row in rows] == ["customer.event_recorded"] * 2
    assert [json.loads(row["detail"]["S"]) for row in rows] == [
        {
            "event_id": event_id,
            "version": 1,
            "enterprise_id": shop.enterprise,
            "customer_id": layla,
            "event_type": kind,
            "branch_id": "branch-1",
            "occurred_at": occurred_at,
            "recorded_at": now,
        }
        for event_id, kind, occurred_at in (
            (scan, "loyalty_card_scan", "2026-11-01T10:00:00Z"),
            (check_in, "check_in", now),
        )
    ]
    # What was said with them is in the history now, and there only.
    assert "attributes" not in row_of(tables, shop)["events"]["S"]
    held = read(shop, session["session_id"]).data
    assert [each["event_id"] for each in held["events"]] == [scan, check_in]
    assert held["basket_reference"] == "b-7"


def test_identified_again_as_the_same_it_tells_them_as_they_are_and_merges_only_what_is_new(
    shop: Shop, clock: Clock, tables: DynamoDBClient, layla: str
) -> None:
    session = opened(shop, {"events": [SCAN]})
    first = identify(shop, session).data
    clock.forward(minutes=1)
    shop.told("customer.registered", LAYLA, name="Leila H.", occurred_at="2026-11-02T10:00:00Z")
    again = identify(shop, session, {"provider_customer_id": PROVIDER_ID, "events": [CHECK_IN]}).data
    assert again["identified_at"] == first["identified_at"]
    assert again["fetched_at"] > first["fetched_at"]
    assert again["customer"]["name"] == "Leila H."
    assert len(again["merged_event_ids"]) == 1
    held = read(shop, session).data
    assert held["context"]["customer"]["name"] == "Leila H."
    assert [each["event_id"] for each in held["events"]] == [*first["merged_event_ids"], *again["merged_event_ids"]]
    assert sorted(entry["type"] for entry in history(shop, layla)) == [
        "event.check_in",
        "event.loyalty_card_scan",
        "event.session_identified",
    ]
    assert len(outbox(tables, shop)) == 2


def test_what_it_tells_stays_as_it_was_told(shop: Shop, clock: Clock, layla: str) -> None:
    session = opened(shop)
    identify(shop, session)
    before = read(shop, session).body
    shop.told("balance.topped_up", LAYLA, amount_minor=1, **MONEY)
    clock.forward(hours=1)
    assert read(shop, session).body == before


def test_who_never_registered_is_identified_too(shop: Shop) -> None:
    shop.told("promo.granted", LAYLA, grant_id="g", amount_minor=2500, **MONEY)
    session = opened(shop)
    assert identify(shop, session).data["status"] == "pending_proof"
    held = read(shop, session).data
    assert held["status"] == "identified_in_session"
    assert held["context"]["unclaimed_cashback"]["amount_minor"] == 2500


def test_a_person_may_be_in_two_sessions(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    one, other = opened(shop, {"events": [SCAN]}), opened(shop, {"events": [SCAN]})
    assert [identify(shop, each).data["customer_id"] for each in (one, other)] == [layla, layla]
    assert len(events(tables, shop)) == 4


# ------------------------------------------------------------------------------------------ as nobody, as another


def test_who_becomes_known_is_found_under_the_key_that_found_nobody(
    shop: Shop, tables: DynamoDBClient, clock: Clock
) -> None:
    session = opened(shop, {"events": [SCAN]})
    assert identify(shop, session, key="k").data["status"] == "not_found"
    shop.told_of_layla()
    assert identify(shop, session, key="k").data["status"] == "registered"
    assert read(shop, session).data["status"] == "identified_in_session"
    assert len([row for row in events(tables, shop) if row["type"]["S"] == "event.loyalty_card_scan"]) == 1


@pytest.mark.parametrize("named_by", ["phone", "provider_customer_id"])
def test_it_cannot_be_identified_as_another(
    shop: Shop, tables: DynamoDBClient, layla: str, omar: None, named_by: str
) -> None:
    shop.told("provider_id.linked", OMAR, provider_customer_id="pos-omar")
    session = opened(shop)
    identify(shop, session)
    before = stored(tables, shop.enterprise)
    held = read(shop, session).body
    body = {"phone": OMAR} if named_by == "phone" else {"provider_customer_id": "pos-omar"}
    refused = identify(shop, session, {**body, "events": [CHECK_IN]})
    assert field_of(refused) == named_by
    assert "open another session" in refused.body["error"]["details"][0]["issue"]
    told = json.dumps(refused.body, ensure_ascii=False)
    assert not [planted for planted in (*PLANTED, "Omar", "6600", layla) if planted in told]
    assert stored(tables, shop.enterprise) == before
    assert read(shop, session).body == held


def test_identified_it_knows_no_stranger_and_stays_whose_it_is(
    shop: Shop, tables: DynamoDBClient, clock: Clock, layla: str
) -> None:
    session = opened(shop)
    identify(shop, session)
    before, held = stored(tables, shop.enterprise), read(shop, session).body
    assert identify(shop, session, {"phone": OMAR}).data["status"] == "not_found"
    assert (stored(tables, shop.enterprise), read(shop, session).body) == (before, held)


# ------------------------------------------------------------------------------------------ where it is unknown


Unfound = Callable[[Shop, str, Clock], Reply]


def _elsewhere(shop: Shop) -> Shop:
    return Shop(shop.enterprise + "-other")


def _late(shop: Shop, session: str, clock: Clock) -> Reply:
    clock.forward(hours=4)
    return read(shop, session)


def _identified_late(shop: Shop, session: str, clock: Clock) -> Reply:
    clock.forward(hours=4)
    return identify(shop, session)


UNFOUND: dict[str, Unfound] = {
    "read nowhere": lambda shop, _session, _clock: read(shop, SOME_ID),
    "read in another enterprise": lambda shop, session, _clock: read(_elsewhere(shop), session),
    "read in another branch": lambda shop, session, _clock: read(shop, session, till_of(shop, "branch-2")),
    "read too late": _late,
    "read by what is no id": lambda shop, _session, _clock: read(shop, "ses_+97433001122"),
    "read by a customer's id": lambda shop, _session, _clock: read(shop, "usr_1"),
    "identified nowhere": lambda shop, _session, _clock: identify(shop, SOME_ID),
    "identified in another enterprise": lambda shop, session, _clock: identify(_elsewhere(shop), session),
    "identified in another branch": lambda shop, session, _clock: identify(
        shop, session, principal=till_of(shop, "branch-2")
    ),
    "identified too late": _identified_late,
}


@pytest.mark.parametrize("case", UNFOUND)
def test_where_it_is_not_it_is_as_unknown_as_none(
    shop: Shop, clock: Clock, tables: DynamoDBClient, requests: list[str], layla: str, case: str
) -> None:
    session = opened(shop, {"events": [SCAN]})
    nowhere = read(shop, SOME_ID)
    before = stored(tables, shop.enterprise, _elsewhere(shop).enterprise)
    requests.clear()
    reply = UNFOUND[case](shop, session, clock)
    no_id = case.startswith("read by")
    # What writes asks before and after whether a copy of the request has been answered.
    asked = ["GetItem", "BatchGetItem", "GetItem"] if case.startswith("identified") else ["BatchGetItem"]
    assert requests == asked * (not no_id)
    assert reply.status == 404
    assert reply.body == nowhere.body
    assert [each["field"] for each in reply.body["error"]["details"]] == ["id"]
    assert stored(tables, shop.enterprise, _elsewhere(shop).enterprise) == before


def test_it_is_there_to_the_last_second(shop: Shop, clock: Clock, layla: str) -> None:
    session = opened(shop)
    clock.forward(hours=3, minutes=59, seconds=58)
    assert identify(shop, session).status == read(shop, session).status == 200
    clock.forward(seconds=2)
    assert read(shop, session).status == 404


# ------------------------------------------------------------------------------------------ who is gone since


def test_who_is_shut_off_is_not_told_any_more_and_is_again_once_enabled(
    shop: Shop, clock: Clock, layla: str, requests: list[str]
) -> None:
    session = opened(shop, {"events": [SCAN]})
    identify(shop, session)
    held = read(shop, session)
    shop.disabled_layla()
    requests.clear()
    reply = read(shop, session)
    assert requests == ["BatchGetItem", "GetItem"]
    assert len(requests) == READ_SESSION.budget
    nobody = tell(shop, {"phone": "+97455003344"}).data
    assert reply.data == {**held.data, "context": nobody}
    assert reply.body["meta"]["data_completeness_score"] is None
    assert not [planted for planted in (*PLANTED, layla) if planted in json.dumps(reply.body, ensure_ascii=False)]
    assert identify(shop, session).data["status"] == "not_found"
    shop.told("customer.enabled", LAYLA, occurred_at="2026-11-03T10:00:00Z")
    assert read(shop, session).body == held.body


def test_whose_row_is_gone_is_not_told_any_more(shop: Shop, clock: Clock, tables: DynamoDBClient, layla: str) -> None:
    """As an erasure leaves it: no row at the phone, nothing that leads there, and the mark of a departure."""
    session = opened(shop)
    identify(shop, session)
    gone: Any = [
        {"Delete": {"TableName": "CustomersTable", "Key": {"pk": {"S": f"{shop.enterprise}#{LAYLA}"}}}},
        {"Delete": {"TableName": "RecordsTable", "Key": record_key(shop.enterprise, layla, "pointer")}},
        departure("RecordsTable", shop.enterprise),
    ]
    tables.transact_write_items(TransactItems=gone)
    reply = read(shop, session)
    assert reply.data["context"]["customer"] is None
    assert not [planted for planted in (*PLANTED, layla) if planted in json.dumps(reply.body, ensure_ascii=False)]
    # Who comes under the phone afterwards is somebody else.
    shop.told("customer.registered", LAYLA, name="Salma")
    assert read(shop, session).body == reply.body
    assert field_of(identify(shop, session)) == "phone"


def test_who_gets_another_phone_stays_the_customer_of_the_session(
    shop: Shop, tables: DynamoDBClient, requests: list[str], layla: str
) -> None:
    session = opened(shop)
    identify(shop, session)
    held = read(shop, session).data
    assert correct(shop, layla, phone="+97455003345").status == 200
    requests.clear()
    reply = read(shop, session)
    assert requests == ["BatchGetItem", "GetItem", "GetItem", "GetItem"]
    context = reply.data["context"]
    assert (context["status"], context["customer_id"], context["customer"]["phone"]) == (
        "pending_proof",
        layla,
        "+97455003345",
    )
    assert (reply.data["status"], context["customer"]["name"]) == ("identified_in_session", NAME)
    assert reply.body["meta"]["data_completeness_score"] is not None
    # The holder of the old number is somebody else by then.
    shop.told("customer.registered", LAYLA, name="Salma", occurred_at=datetime.now(UTC).isoformat())
    assert read(shop, session).data["context"]["customer"]["name"] == NAME
    again = identify(shop, session, {"phone": "+97455003345"})
    assert again.data["customer_id"] == layla
    assert read(shop, session).data["identified_at"] == held["identified_at"]


def test_whoever_was_merged_into_another_is_the_survivor(
    shop: Shop, tables: DynamoDBClient, layla: str, omar: None
) -> None:
    survivor = id_of(tables, shop, OMAR)
    shop.told("customer.verified", OMAR)
    session = opened(shop)
    identify(shop, session)
    assert merge(shop, survivor, layla).status == 200
    context = read(shop, session).data["context"]
    assert (context["customer_id"], context["customer"]["phone"]) == (survivor, OMAR)
    assert identify(shop, session, {"phone": OMAR}).data["customer_id"] == survivor
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    shop.told("customer.disabled", OMAR, occurred_at=later)
    assert read(shop, session).data["context"]["customer"] is None


def test_an_identification_that_is_sent_again_tells_nothing_of_who_was_disabled_since(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    session = opened(shop)
    first = identify(shop, session, key="k")
    shop.disabled_layla()
    before = stored(tables, shop.enterprise)
    again = identify(shop, session, key="k")
    assert (again.status, again.data["status"], again.data["customer"]) == (200, "not_found", None)
    assert not [planted for planted in (*PLANTED, layla) if planted in json.dumps(again.body, ensure_ascii=False)]
    assert again.body["meta"]["idempotency_replayed"] is False
    assert stored(tables, shop.enterprise) == before
    shop.told("customer.enabled", LAYLA, occurred_at="2026-11-03T10:00:00Z")
    replayed = identify(shop, session, key="k")
    assert (replayed.data, replayed.body["meta"]["idempotency_replayed"]) == (first.data, True)


def test_what_happens_to_others_hides_nobody_and_costs_one_request_more(
    shop: Shop, requests: list[str], clock: Clock, layla: str, omar: None
) -> None:
    session = opened(shop)
    identify(shop, session)
    held = read(shop, session).body
    shop.told("customer.disabled", OMAR)
    requests.clear()
    assert read(shop, session).body == held
    assert requests == ["BatchGetItem", "GetItem"]
    # Identified after that, it is one again.
    later = opened(shop)
    identify(shop, later)
    requests.clear()
    assert read(shop, later).data["context"]["customer"]["name"] == NAME
    assert requests == ["BatchGetItem"]


def test_a_departure_is_its_enterprises_own(shop: Shop, enterprise: str, requests: list[str], layla: str) -> None:
    session = opened(shop)
    identify(shop, session)
    elsewhere = Shop(enterprise + "-other")
    elsewhere.told("enterprise.configured", name="Other", currency="QAR", home_region="QA")
    elsewhere.told_of_layla()
    elsewhere.disabled_layla()
    requests.clear()
    assert read(shop, session).data["context"]["status"] == "registered"
    assert requests == ["BatchGetItem"]


def test_a_persons_sessions_can_be_found(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    opened(shop)
    mine = opened(shop)
    identify(shop, mine)
    found = [led_to(row) for row in leads(tables, "ReceiptsTable", shop.enterprise, layla)]
    assert [pk for copies, pk in found if copies == "sessions"] == [f"{shop.enterprise}#branch-1#{mine}"]
    receipts = [row for row in answers(tables, shop.enterprise) if "customer_key" in row]
    assert {pk for copies, pk in found if copies == "answers"} == {row["pk"]["S"] for row in receipts}
    # That of the opening, and that of the identification.
    assert [row["customer_key"]["S"] for row in receipts] == [f"{shop.enterprise}#{layla}"] * 2
