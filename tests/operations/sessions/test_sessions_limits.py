"""The limits of checkout sessions: what they accept and refuse, what it costs, and what is logged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.sessions import IDENTIFY_SESSION, OPEN_SESSION
from customers.domain.identifiers.phone import Phone
from customers.domain.sessions import MAX_EVENTS, Identified, Session, SessionEvent, Snapshot
from tests.operations.conftest import LAYLA, NAME, PLANTED, Shop
from tests.support.recording import CHECK_IN, outbox, stored
from tests.support.sessions import SCAN, SOME_ID, field_of, identify, open_session, opened, read

# ------------------------------------------------------------------------------------------ what is malformed

EVENTS: list[tuple[Any, str]] = [
    ("x", "events"),
    ({}, "events"),
    (["x"], "events.0"),
    ([None], "events.0"),
    ([SCAN, {}], "events.1.event_type"),
    ([SCAN, {"event_type": "checkin"}], "events.1.event_type"),
    ([{"event_type": 5}], "events.0.event_type"),
    ([{**SCAN, "customer_id": "usr_1"}], "events.0.customer_id"),
    ([{**SCAN, "ليلى": 1}], "events.0"),
    ([SCAN, SCAN, {"event_type": "feedback", "attributes": {"rating": 11}}], "events.2.attributes.rating"),
    ([{"event_type": "check_in", "attributes": []}], "events.0.attributes"),
    ([{"event_type": "check_in", "attributes": {"note": "x" * 4090}}], "events.0.attributes"),
    ([{"event_type": "check_in", "attributes": {"a": {"b": {"c": {}}}}}], "events.0.attributes"),
    ([SCAN, {**CHECK_IN, "occurred_at": "yesterday"}], "events.1.occurred_at"),
    ([SCAN, {**CHECK_IN, "occurred_at": "2999-01-01T00:00:00Z"}], "events.1.occurred_at"),
    ([SCAN] * (MAX_EVENTS + 1), "events"),
]


@pytest.mark.parametrize(("told", "field"), EVENTS, ids=range(len(EVENTS)))
@pytest.mark.parametrize("known", [True, False])
def test_an_event_that_is_malformed_is_named_by_its_number(
    shop: Shop, tables: DynamoDBClient, told: Any, field: str, known: bool
) -> None:
    if known:
        shop.told_of_layla()
    session = opened(shop)
    before = stored(tables, shop.enterprise)
    assert field_of(open_session(shop, {"events": told})) == field
    assert field_of(identify(shop, session, {"phone": LAYLA, "events": told})) == field
    assert stored(tables, shop.enterprise) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"basket_reference": ""}, "basket_reference"),
        ({"basket_reference": " "}, "basket_reference"),
        ({"basket_reference": "a\nb"}, "basket_reference"),
        ({"basket_reference": "x" * 129}, "basket_reference"),
        ({"basket_reference": 7}, "basket_reference"),
        ({"phone": LAYLA}, "phone"),
        ({"branch_id": "branch-2"}, "branch_id"),
        ("[]", "body"),
        ("{", "body"),
    ],
)
def test_what_a_session_is_not_opened_with_is_named(shop: Shop, requests: list[str], body: object, field: str) -> None:
    requests.clear()
    assert field_of(open_session(shop, body)) == field
    assert requests == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "phone"),
        ({"events": [SCAN]}, "phone"),
        ({"phone": "abc"}, "phone"),
        ({"provider_customer_id": ""}, "provider_customer_id"),
        ({"phone": LAYLA, "basket_reference": "b-8"}, "basket_reference"),
        ("", "body"),
    ],
)
def test_what_identifies_nobody_is_named(shop: Shop, requests: list[str], body: object, field: str) -> None:
    requests.clear()
    assert field_of(identify(shop, SOME_ID, body)) == field
    assert requests == []


def test_a_session_takes_so_many_events_in_all(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    session = opened(shop, {"events": [SCAN] * (MAX_EVENTS - 2)})
    assert field_of(identify(shop, session, {"phone": LAYLA, "events": [CHECK_IN] * 3})) == "events"
    told = identify(shop, session, {"phone": LAYLA, "events": [CHECK_IN] * 2}).data
    assert len(set(told["merged_event_ids"])) == len(outbox(tables, shop)) == MAX_EVENTS
    assert field_of(identify(shop, session, {"phone": LAYLA, "events": [CHECK_IN]})) == "events"
    assert identify(shop, session).status == 200


def test_a_body_of_the_largest_size_is_taken(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    most = {"event_type": "check_in", "attributes": {"note": "x" * 4085}}
    session = opened(shop, {"events": [most] * 15})
    assert len(identify(shop, session, {"phone": LAYLA, "events": [most] * 15}).data["merged_event_ids"]) == 30
    assert open_session(shop, {"events": [most] * 16}).status == 413


# ------------------------------------------------------------------------------------------ cost, log


def test_they_make_the_requests_of_their_budgets(shop: Shop, requests: list[str], layla: str) -> None:
    requests.clear()
    session = opened(shop, {"events": [SCAN] * 10})
    assert requests == ["GetItem", "TransactWriteItems"]
    assert len(requests) == OPEN_SESSION.budget
    requests.clear()
    read(shop, session)
    assert requests == ["BatchGetItem"]
    requests.clear()
    identify(shop, session, {"phone": LAYLA, "events": [CHECK_IN] * 10})
    assert requests == ["GetItem", "BatchGetItem", "GetItem", "TransactWriteItems"]
    assert len(requests) == IDENTIFY_SESSION.budget
    requests.clear()
    read(shop, session)
    assert requests == ["BatchGetItem"]


def test_what_holds_a_person_does_not_show_them() -> None:
    at = datetime.fromisoformat("2026-11-01T10:00:00+00:00")
    event = SessionEvent("evt_1", "feedback", at, {"comment": NAME})
    who = Identified("usr_1", Phone(LAYLA), at, Snapshot({"name": NAME}, 80, ""))
    shown = repr(Session("ses_1", "b", at, f"{NAME}'s", (event,), 1, who))
    assert not [planted for planted in PLANTED if planted in shown]
