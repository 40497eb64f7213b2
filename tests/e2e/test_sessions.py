"""Identification and checkout sessions over HTTP: an order from its first scan to a known customer, and all at once."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from customers.catalogue.sessions import IDENTIFY_SESSION, OPEN_SESSION, READ_SESSION
from customers.domain.enterprise import Settings
from customers.domain.refusals import Conflict
from customers.edge.auth.principal import Principal
from customers.edge.http.serve import Handler, serve
from customers.edge.http.writing import serve_writing
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.profiles import Profiles
from customers.store.facts.ledger import Ledger
from customers.store.idempotency import IdempotencyRecords
from customers.store.sessions.sessions import Sessions
from sessions.identify_session import identify_session
from sessions.open_session import open_session
from sessions.read_session import read_session
from tests.e2e.conftest import Enterprise, Tables, eventually, shown
from tests.support.books import SECRET
from tests.support.facts import NOON, customer_fact

LAYLA, OMAR = "+97433001122", "+97466005566"
PROVIDER_ID = "pos-8841-layla"
SCAN = {"event_type": "loyalty_card_scan", "attributes": {"card_id": "card-8841"}}
CHECK_IN = {"event_type": "check_in", "attributes": {"note": "Walked in, browsed"}}
COPIES, ROUNDS = 20, 50
LANES = 5
"""Requests under way at a time over HTTP: the emulator starts a process for each, of each function."""


@pytest.fixture
def shop(enterprise: Enterprise) -> Enterprise:
    """An enterprise that knows Layla and Omar."""
    enterprise.publish("customer.registered", LAYLA, name="Layla Hassan")
    enterprise.publish("customer.verified", LAYLA)
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=12500, currency="QAR")
    enterprise.publish("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID)
    enterprise.publish("customer.registered", OMAR, name="Omar Said")
    enterprise.wait_until_applied()
    return enterprise


def post(shop: Enterprise, path: str, body: Any = None, key: str | None = None, token: str | None = None) -> Any:
    """Send it, and again as long as the answer asks for it."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    for _ in range(30):
        answer = shop.send("POST", path, token, headers, **({} if body is None else {"json": body}))
        if answer.status_code not in (409, 503):
            break
        time.sleep(float(answer.headers["Retry-After"]))
    return answer


def opened(shop: Enterprise, body: Any = None, token: str | None = None) -> dict[str, Any]:
    answer = post(shop, "/checkout/sessions", body, token=token)
    assert answer.status_code == 201
    data: dict[str, Any] = answer.json()["data"]
    return data


def identify(
    shop: Enterprise, session: str, body: Any, key: str | None = None, token: str | None = None
) -> requests.Response:
    answer: requests.Response = post(shop, f"/checkout/sessions/{session}/identify", body, key, token)
    return answer


def read(shop: Enterprise, session: str, token: str | None = None) -> requests.Response:
    return shop.get(f"/checkout/sessions/{session}", token)


# ------------------------------------------------------------------------------------------ an order


def test_an_order_from_its_first_scan_to_a_known_customer(
    shop: Enterprise, tables: Tables, published: Callable[[], set[str]]
) -> None:
    session = opened(shop, {"basket_reference": "basket-7", "events": [SCAN]})
    path = session["session_id"]
    assert (session["status"], read(shop, path).json()["data"]) == ("anonymous", session)

    stranger = identify(shop, path, {"phone": "+97455003344"})
    assert (stranger.status_code, stranger.json()["data"]["status"]) == (200, "not_found")
    assert read(shop, path).json()["data"] == session

    told = identify(shop, path, {"phone": LAYLA, "events": [CHECK_IN]}).json()
    assert (told["data"]["status"], told["data"]["customer"]["name"]) == ("registered", "Layla Hassan")
    assert told["data"]["customer"]["balance"]["spendable_minor"] == 12500
    assert told["meta"]["data_completeness_score"] == 40
    held = read(shop, path).json()
    assert held["data"]["status"] == "identified_in_session"
    assert held["data"]["context"] == {name: told["data"][name] for name in held["data"]["context"]}
    assert held["meta"]["data_completeness_score"] == 40

    customer_id, merged = told["data"]["customer_id"], told["data"]["merged_event_ids"]
    assert merged[0] == session["events"][0]["event_id"]
    context = shop.get(f"/customers/{customer_id}/context?limit=50", shop.admin("customer:CONTEXT")).json()["data"]
    history = {each["id"]: each for each in context["history"] if each["type"].startswith("event.")}
    assert history.keys() == {path, *merged}
    assert history[path]["detail"]["basket_reference"] == "basket-7"
    assert history[merged[0]]["detail"]["attributes"] == SCAN["attributes"]
    unseen = set(merged)

    def all_seen() -> bool:
        unseen.difference_update(published())
        return not unseen

    eventually(all_seen)
    eventually(lambda: tables.waiting(shop.id) == [])


def test_who_it_is_without_a_session(shop: Enterprise, tables: Tables) -> None:
    before = [tables.rows(role, shop.id) for role in ("customers", "records", "receipts", "sessions")]
    for body in ({"phone": "33001122"}, {"provider_customer_id": PROVIDER_ID}):
        answer = shop.send("POST", "/identify", json=body)
        looked_up = shop.get(f"/customers/lookup?phone=%2B{LAYLA[1:]}").json()["data"]
        data = answer.json()["data"]
        assert (answer.status_code, data["customer_id"][:4]) == (200, "usr_")
        assert {**data, "fetched_at": ""} == {**looked_up, "customer_id": data["customer_id"], "fetched_at": ""}
    assert [tables.rows(role, shop.id) for role in ("customers", "records", "receipts", "sessions")] == before


# ------------------------------------------------------------------------------------------ all at once


def test_copies_of_a_request_at_once_are_one_session_and_one_identification(shop: Enterprise, tables: Tables) -> None:
    token, keys = shop.token(), (str(uuid.uuid4()), str(uuid.uuid4()))
    said = {"phone": LAYLA, "events": [CHECK_IN]}
    with ThreadPoolExecutor(LANES) as crowd:
        openings = list(
            crowd.map(lambda _: post(shop, "/checkout/sessions", {"events": [SCAN]}, keys[0], token), range(COPIES))
        )
        session = openings[0].json()["data"]["session_id"]
        answers = list(crowd.map(lambda _: identify(shop, session, said, keys[1], token), range(COPIES)))
    for status, replies in ((201, openings), (200, answers)):
        assert Counter(reply.status_code for reply in replies) == {status: COPIES}
        assert len({shown(reply) for reply in replies}) == 1
        replayed = Counter(reply.json()["meta"]["idempotency_replayed"] for reply in replies)
        assert replayed == {False: 1, True: COPIES - 1}
    assert len(tables.rows("sessions", shop.id)) == 1
    merged = answers[0].json()["data"]["merged_event_ids"]
    assert sorted(tables.events(shop.id)) == sorted([session, *merged])
    assert len(tables.answers(shop.id)) == 2


def test_of_two_customers_named_at_once_one_has_the_session(shop: Enterprise, tables: Tables) -> None:
    token = shop.token()
    sessions = [opened(shop, {"events": [SCAN]}, token)["session_id"] for _ in range(ROUNDS)]
    winners: Counter[str] = Counter()
    merged: list[str] = []
    with ThreadPoolExecutor(2) as both:
        for session in sessions:
            named = [both.submit(identify, shop, session, {"phone": who}, None, token) for who in (LAYLA, OMAR)]
            answers = [each.result() for each in named]
            assert sorted(answer.status_code for answer in answers) == [200, 400]
            (won,) = [answer.json()["data"] for answer in answers if answer.status_code == 200]
            assert read(shop, session, token).json()["data"]["context"]["customer_id"] == won["customer_id"]
            winners[won["customer"]["name"]] += 1
            merged += [session, *won["merged_event_ids"]]
    assert sum(winners.values()) == ROUNDS
    # What each session had gathered is one customer's, once.
    assert sorted(tables.events(shop.id)) == sorted(merged)
    assert len(merged) == 2 * ROUNDS


class Functions:
    """What the deployed functions do, in this process, on the stack's tables: so many at the very same moment."""

    def __init__(self, stack: dict[str, Any], shop: Enterprise) -> None:
        client = boto3.client(
            "dynamodb",
            endpoint_url=stack["aws"],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=50, read_timeout=120),
        )
        named = (stack["tables"][role] for role in ("sessions", "customers", "records", "receipts"))
        tables = list(named)
        sessions, profiles = Sessions(client, *tables), Profiles(client, tables[1])
        customers_by_id = CustomersById(client, tables[1], tables[2])
        find = IdempotencyRecords(client, tables[3], tables[2]).find
        self.ledger = Ledger(client, tables[1], tables[2], stack["tables"]["derived"], SECRET)
        self._shop = shop
        self._open = serve_writing(OPEN_SESSION, partial(open_session, sessions=sessions), find)
        self._identify = serve_writing(
            IDENTIFY_SESSION,
            partial(identify_session, sessions=sessions, profiles=profiles, customers_by_id=customers_by_id),
            find,
        )
        self._read = serve(
            READ_SESSION,
            partial(read_session, sessions=sessions, profiles=profiles, customers_by_id=customers_by_id),
        )

    def open(self) -> str:
        session_id: str = self._call(self._open, body={"events": [SCAN]})["data"]["session_id"]
        return session_id

    def identify(self, session: str, phone: str, key: str | None = None) -> dict[str, Any]:
        while True:
            answer = self._call(self._identify, session, {"phone": phone}, key)
            if not answer["error"] or answer["error"]["code"] != "IDEMPOTENCY_IN_PROGRESS":
                return answer

    def read(self, session: str) -> dict[str, Any]:
        return self._call(self._read, session)

    def post(self, kind: str, phone: str, at: datetime) -> None:
        """As the queue does: a message that always conflicts comes again."""
        while True:
            try:
                self.ledger.post([customer_fact(kind, self._shop.id, about=phone, at=at, fact_id=str(uuid.uuid4()))])
                return
            except Conflict:
                time.sleep(0.01)

    def _call(self, handler: Handler, session: str = "", body: Any = None, key: str | None = None) -> dict[str, Any]:
        till = Principal(
            "pos-terminal",
            "https://identity.test",
            "till-7",
            "token-1",
            self._shop.id,
            self._shop.merchant,
            self._shop.branch,
            frozenset(),
            datetime.now(UTC) + timedelta(hours=1),
            Settings("Test", "QAR", "QA"),
        )
        event = {
            "multiValueQueryStringParameters": None,
            "multiValueHeaders": {"Idempotency-Key": [key or str(uuid.uuid4())]},
            "pathParameters": {"id": session},
            "requestContext": {"requestId": "r", "authorizer": till.context()},
            "body": None if body is None else json.dumps(body),
        }
        answer: dict[str, Any] = json.loads(handler(event, None)["body"])
        return answer


@pytest.mark.thorough
@pytest.mark.usefixtures("in_this_process")
def test_twenty_customers_named_at_once_are_one(shop: Enterprise, stack: dict[str, Any], tables: Tables) -> None:
    functions, crowded = Functions(stack, shop), 20
    people = [f"+974330022{number:02}" for number in range(crowded)]
    for phone in people:
        functions.post("customer.registered", phone, NOON)
    session, together = functions.open(), Barrier(crowded)

    def name(phone: str) -> dict[str, Any]:
        together.wait()
        return functions.identify(session, phone)

    with ThreadPoolExecutor(crowded) as crowd:
        answers = list(crowd.map(name, people))
    (won,) = [answer["data"] for answer in answers if answer["ok"]]
    assert Counter(answer["error"]["code"] for answer in answers if not answer["ok"]) == {
        "VALIDATION_ERROR": crowded - 1
    }
    assert functions.read(session)["data"]["context"]["customer_id"] == won["customer_id"]
    assert sorted(tables.events(shop.id)) == sorted([session, *won["merged_event_ids"]])


@pytest.mark.thorough
@pytest.mark.usefixtures("in_this_process")
def test_copies_of_one_request_at_the_very_same_moment_identify_once(
    shop: Enterprise, stack: dict[str, Any], tables: Tables
) -> None:
    functions, together = Functions(stack, shop), Barrier(COPIES)
    session = functions.open()

    def copy(_number: int) -> dict[str, Any]:
        together.wait()
        return functions.identify(session, LAYLA, "k")

    with ThreadPoolExecutor(COPIES) as crowd:
        answers = list(crowd.map(copy, range(COPIES)))
    assert len({json.dumps(answer["data"]) for answer in answers}) == 1
    assert Counter(answer["meta"]["idempotency_replayed"] for answer in answers) == {False: 1, True: COPIES - 1}
    assert sorted(tables.events(shop.id)) == sorted([session, *answers[0]["data"]["merged_event_ids"]])


@pytest.mark.thorough
@pytest.mark.usefixtures("in_this_process")
def test_whoever_is_shut_off_while_they_are_identified_is_told_in_no_session(
    shop: Enterprise, stack: dict[str, Any]
) -> None:
    functions, seen = Functions(stack, shop), Counter[str]()
    phone = "+97433003300"
    functions.post("customer.registered", phone, NOON)
    with ThreadPoolExecutor(2) as both:
        for number in range(ROUNDS):
            minute = NOON + timedelta(minutes=2 * number)
            functions.post("customer.enabled", phone, minute)
            session, together = functions.open(), Barrier(2)

            def shut_off(at: datetime = minute + timedelta(minutes=1), barrier: Barrier = together) -> None:
                barrier.wait()
                functions.post("customer.disabled", phone, at)

            def name(session: str = session, barrier: Barrier = together) -> dict[str, Any]:
                barrier.wait()
                return functions.identify(session, phone)

            done, answer = both.submit(shut_off), both.submit(name)
            done.result()
            seen[answer.result()["data"]["status"]] += 1
            told = functions.read(session)
            assert (told["data"]["context"] or {"customer": None})["customer"] is None
            assert phone not in json.dumps(told)
    assert sum(seen.values()) == ROUNDS
