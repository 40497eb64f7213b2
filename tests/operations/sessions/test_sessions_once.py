"""A session is opened once and identified once, with any number of requests, other callers and crashes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.sessions import IDENTIFY_SESSION, OPEN_SESSION
from customers.edge.http.serve import Handler
from customers.edge.http.writing import serve_writing
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.profiles import Profiles
from customers.store.idempotency import IdempotencyRecords
from customers.store.sessions.sessions import Sessions
from sessions.identify_session import identify_session
from sessions.open_session import open_session as open_door
from tests.operations.conftest import LAYLA, PROVIDER_ID, Clock, Shop
from tests.support.books import interrupting
from tests.support.crashes import WRITE
from tests.support.http.gateway import Reply
from tests.support.recording import CHECK_IN, events, outbox, stored
from tests.support.sessions import OMAR, SCAN, SOME_ID, field_of, identify, open_session, opened, read, till_of

pytestmark = pytest.mark.usefixtures("naps")
WRITTEN = "after-call.dynamodb.TransactWriteItems"


@pytest.fixture
def omar(shop: Shop) -> None:
    """Somebody else of the enterprise."""
    shop.told("customer.registered", OMAR, name="Omar Said")


# ------------------------------------------------------------------------------------------ once


def test_a_retry_gets_the_answer_of_the_first_time(
    shop: Shop, clock: Clock, tables: DynamoDBClient, requests: list[str], layla: str
) -> None:
    body = {"basket_reference": "b-7", "events": [SCAN]}
    first_open = open_session(shop, body, key="k")
    session = first_open.data["session_id"]
    said = {"phone": LAYLA, "events": [CHECK_IN]}
    first = identify(shop, session, said, key="k")
    before = stored(tables, shop.enterprise)
    # Also when the session itself is over.
    clock.forward(hours=71, minutes=59)
    requests.clear()
    for told, again in (
        (first_open, open_session(shop, body, key="k")),
        (first, identify(shop, session, {**said, "phone": "0097433001122"}, key="k")),
    ):
        assert again.status == told.status
        assert json.dumps(again.data) == json.dumps(told.data)
        assert again.body["meta"] == {**told.body["meta"], "idempotency_replayed": True}
        assert again.headers == told.headers
    # The opening is about the customer since the identification.
    assert requests == ["GetItem"] * (2 + 4)
    assert stored(tables, shop.enterprise) == before


OTHERS: dict[str, Callable[[Shop, str], Reply]] = {
    "another basket": lambda shop, _: open_session(shop, {"basket_reference": "other"}, key="k"),
    "another event": lambda shop, _: open_session(shop, {"basket_reference": "b-7", "events": [SCAN]}, key="k"),
    "another person": lambda shop, session: identify(shop, session, {"phone": OMAR}, key="k"),
    "the same by another name": lambda shop, session: identify(
        shop, session, {"provider_customer_id": PROVIDER_ID}, key="k"
    ),
    "more events": lambda shop, session: identify(shop, session, {"phone": LAYLA, "events": [SCAN]}, key="k"),
    "another session": lambda shop, _: identify(shop, SOME_ID, key="k"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_the_key_of_another_request_is_a_422(shop: Shop, tables: DynamoDBClient, layla: str, other: str) -> None:
    session = open_session(shop, {"basket_reference": "b-7"}, key="k").data["session_id"]
    identify(shop, session, key="k")
    before = stored(tables, shop.enterprise)
    reply = OTHERS[other](shop, session)
    assert (reply.status, reply.body["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert stored(tables, shop.enterprise) == before


def test_a_key_is_its_branchs_own(shop: Shop, tables: DynamoDBClient) -> None:
    """Two tills that both count from 1 are told, and not given each other's sessions."""
    assert open_session(shop, key="1").status == 201
    reply = open_session(shop, key="1", principal=till_of(shop, "branch-2"))
    assert (reply.status, reply.body["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


# ------------------------------------------------------------------------------------------ crashes


def handlers_over(client: DynamoDBClient) -> tuple[Handler, Handler]:
    """Of the two operations that write."""
    sessions = Sessions(client, "SessionsTable", "CustomersTable", "RecordsTable", "ReceiptsTable")
    find = IdempotencyRecords(client, "ReceiptsTable", "RecordsTable").find
    profiles, customers_by_id = (
        Profiles(client, "CustomersTable"),
        CustomersById(client, "CustomersTable", "RecordsTable"),
    )
    identifying = partial(identify_session, sessions=sessions, profiles=profiles, customers_by_id=customers_by_id)
    return (
        serve_writing(OPEN_SESSION, partial(open_door, sessions=sessions), find),
        serve_writing(IDENTIFY_SESSION, identifying, find),
    )


@contextmanager
def behind(moment: str, act: Callable[[], None]) -> Iterator[None]:
    """Meanwhile requests are served by way of a client that does `act` at each such moment."""
    opening, identifying = handlers_over(interrupting(moment, act))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sessions.open_session.handler", opening)
        patch.setattr("sessions.identify_session.handler", identifying)
        yield


class At:
    """Does something at one of the moments."""

    def __init__(self, number: int, act: Callable[[], Any]) -> None:
        self._left, self._act = number, act
        self.came: Any = None

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.came = self._act()


def merged_once(tables: DynamoDBClient, shop: Shop, told: dict[str, Any]) -> None:
    """The customer has the events of the answer, each once and to be published once, and one identification."""
    ids = [row["sk"]["S"].rpartition("#")[2] for row in events(tables, shop)]
    assert sorted(ids) == sorted([told["session_id"], *told["merged_event_ids"]])
    waiting = [json.loads(row["detail"]["S"])["event_id"] for row in outbox(tables, shop)]
    assert sorted(waiting) == sorted(told["merged_event_ids"])


# ------------------------------------------------------------------------------------------ races


def test_of_two_who_are_named_at_once_one_has_the_session(
    shop: Shop, tables: DynamoDBClient, layla: str, omar: None
) -> None:
    session = opened(shop, {"events": [SCAN]})
    other = At(1, lambda: identify_directly(tables, shop, session, {"phone": OMAR}))
    with behind(WRITE, other):
        lost = identify(shop, session, {"phone": LAYLA, "events": [CHECK_IN]})
    assert field_of(lost) == "phone"
    won = other.came["data"]
    assert read(shop, session).data["context"]["customer_id"] == won["customer_id"] != layla
    merged_once(tables, shop, won)


def test_named_the_same_at_once_they_are_merged_once(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    session = opened(shop, {"events": [SCAN]})
    other = At(1, lambda: identify_directly(tables, shop, session, {"phone": LAYLA}))
    with behind(WRITE, other):
        told = identify(shop, session, {"phone": LAYLA, "events": [CHECK_IN]}).data
    first = other.came["data"]
    assert (len(first["merged_event_ids"]), len(told["merged_event_ids"])) == (1, 1)
    assert told["identified_at"] == first["identified_at"]
    merged_once(tables, shop, {**told, "merged_event_ids": first["merged_event_ids"] + told["merged_event_ids"]})


def test_two_copies_of_a_request_are_one_identification_and_one_answer(
    shop: Shop, tables: DynamoDBClient, layla: str
) -> None:
    session = opened(shop, {"events": [SCAN]})
    other = At(1, lambda: identify_directly(tables, shop, session, {"phone": LAYLA}, key="k"))
    with behind(WRITE, other):
        told = identify(shop, session, key="k")
    assert told.body["meta"]["idempotency_replayed"] is True
    assert told.data == other.came["data"]
    merged_once(tables, shop, told.data)


def identify_directly(
    tables: DynamoDBClient, shop: Shop, session: str, body: dict[str, Any], key: str = "another"
) -> dict[str, Any]:
    """By a function of its own."""
    event = {
        "multiValueQueryStringParameters": None,
        "multiValueHeaders": {"Idempotency-Key": [key]},
        "pathParameters": {"id": session},
        "requestContext": {"requestId": "req-2", "authorizer": till_of(shop).context()},
        "body": json.dumps(body),
    }
    _, identifying = handlers_over(tables)
    answer: dict[str, Any] = json.loads(identifying(event, None)["body"])
    return answer


MEANWHILE: dict[str, Callable[[Shop, DynamoDBClient], None]] = {
    "shut off": lambda shop, _: shop.disabled_layla(),
    "gone": lambda shop, tables: (
        tables.delete_item(TableName="CustomersTable", Key={"pk": {"S": f"{shop.enterprise}#{LAYLA}"}}),
        None,
    )[1],
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_who_departs_meanwhile_is_a_stranger(shop: Shop, tables: DynamoDBClient, layla: str, meanwhile: str) -> None:
    session = opened(shop, {"events": [SCAN]})
    with behind(WRITE, At(1, lambda: MEANWHILE[meanwhile](shop, tables))):
        told = identify(shop, session)
    assert (told.status, told.data["status"]) == (200, "not_found")
    assert read(shop, session).data["status"] == "anonymous"
    assert events(tables, shop) == outbox(tables, shop) == []


def test_who_departs_right_after_is_not_told(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    """The session was read before the departure, the customer before it too: the mark that is kept is the old one."""
    session = opened(shop)
    with behind(WRITTEN, At(1, shop.disabled_layla)):
        assert identify(shop, session).data["status"] == "registered"
    assert read(shop, session).data["context"]["customer"] is None


def test_a_fact_that_comes_between_is_no_hindrance(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    session = opened(shop)
    with behind(WRITE, At(1, lambda: shop.told("customer.registered", LAYLA, name="Leila"))):
        assert identify(shop, session).status == 200


def test_a_session_that_ends_meanwhile_is_unknown(shop: Shop, tables: DynamoDBClient, layla: str) -> None:
    session = opened(shop)
    (row,) = stored(tables, shop.enterprise)["SessionsTable"]
    with behind(WRITE, At(1, lambda: tables.delete_item(TableName="SessionsTable", Key={"pk": row["pk"]}))):
        assert identify(shop, session).status == 404
    assert events(tables, shop) == []
