"""Events over HTTP: a hundred copies of a request are one event; and what is recorded leaves the books as they were."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
import requests
from botocore.config import Config

from customers.catalogue.events import RECORD_EVENT
from customers.domain.enterprise import Settings
from customers.edge.auth.principal import Principal
from customers.edge.http.serve import Handler
from customers.edge.http.writing import serve_writing
from customers.store.audit.rebuild import Rebuild
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.customers.profiles import Profiles
from customers.store.events.recorded_events import RecordedEvents
from customers.store.idempotency import IdempotencyRecords
from events.record_event import record_event
from tests.e2e.conftest import Enterprise, Tables, eventually, shown

LAYLA = "+97433001122"
PATH = "/customers/%2B97433001122/events"
OF_A_STRANGER = "/customers/%2B97455003344/events"
COPIES = 100
AT_WORK = 5
"""Concurrent requests over HTTP; further callers get a 429. The emulator starts a process for each, and a hundred at
once take it minutes, 12 GB of disk and 5 GB of memory."""
PATIENCE = 120.0
"""Seconds until a till has its answer."""
CHECK_IN = {
    "event_type": "check_in",
    "attributes": {"source": "loyalty_card_scan", "note": "Walked in, browsed, did not buy"},
}


@pytest.fixture
def shop(enterprise: Enterprise) -> Enterprise:
    """An enterprise that knows Layla."""
    enterprise.publish("customer.registered", LAYLA, name="Layla Hassan")
    eventually(lambda: enterprise.get("/customers/lookup?phone=%2B97433001122").json()["data"]["customer"])
    return enterprise


def record(
    shop: Enterprise, key: str, body: Any = None, token: str | None = None, path: str = PATH
) -> requests.Response:
    """Send it, and again with the same key while the answer asks for it or does not come, as a till does."""
    deadline, longer = time.monotonic() + PATIENCE, 1.0
    while True:
        try:
            answer = shop.send("POST", path, token, {"Idempotency-Key": key}, json=body or CHECK_IN)
        except requests.Timeout:
            asked = 1.0
        else:
            if answer.status_code not in (409, 429, 503):
                return answer
            asked = float(answer.headers.get("Retry-After", 1))
        assert time.monotonic() < deadline, "no answer in time"
        # Ever longer: a hundred that come again each second leave it no time for any of them.
        time.sleep(asked * longer * random.uniform(0.5, 1.5))
        longer = min(2 * longer, 8)


@pytest.fixture
def few_functions(aws: Callable[[str], Any], shop: Enterprise) -> Iterator[None]:
    """No more than some of them are at work at a time, as an account may have it; those have started already."""
    functions = aws("lambda")
    called = ("front.authorizer.handler", "events.record_event.handler")
    pages = functions.get_paginator("list_functions").paginate()
    names = [each["FunctionName"] for page in pages for each in page["Functions"] if each["Handler"] in called]
    assert len(names) == len(called)
    try:
        for name in names:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=AT_WORK)
        with ThreadPoolExecutor(AT_WORK) as crowd:
            list(crowd.map(lambda number: record(shop, f"start-{number}", path=OF_A_STRANGER), range(AT_WORK)))
        yield
    finally:
        for name in names:
            functions.delete_function_concurrency(FunctionName=name)


def all_at_once(send: Callable[[], requests.Response]) -> list[requests.Response]:
    """The answers to a hundred tills that begin at the same moment, each on a connection of its own."""
    together = Barrier(COPIES)

    def till(_number: int) -> requests.Response:
        together.wait()
        return send()

    with ThreadPoolExecutor(COPIES) as crowd:
        return list(crowd.map(till, range(COPIES)))


@pytest.mark.usefixtures("few_functions")
def test_a_hundred_copies_at_once_are_one_event_and_one_answer(
    shop: Enterprise, tables: Tables, published: Callable[[], set[str]]
) -> None:
    key, token = str(uuid.uuid4()), shop.token()
    answers = all_at_once(lambda: record(shop, key, token=token))
    assert Counter(answer.status_code for answer in answers) == {201: COPIES}
    assert len({shown(answer) for answer in answers}) == 1
    # None is the first where its own answer was lost on the way, and it asked again.
    assert [answer.json()["meta"]["idempotency_replayed"] for answer in answers].count(False) <= 1
    assert len({answer.json()["meta"]["request_id"] for answer in answers}) == COPIES

    event_id = answers[0].json()["data"]["event"]["event_id"]
    assert tables.events(shop.id) == [event_id]
    assert len(tables.answers(shop.id)) == 1
    # The publisher takes it out of the outbox once the bus has it, at its own pace.
    eventually(lambda: tables.waiting(shop.id) == [])
    assert eventually(published) == {event_id}


@pytest.mark.thorough
@pytest.mark.usefixtures("in_this_process")
def test_a_hundred_functions_with_one_request_in_hand_record_it_once(
    shop: Enterprise, tables: Tables, stack: dict[str, Any], aws: Callable[..., Any]
) -> None:
    """All at the very same moment, which a gateway and two cores would not let them be."""
    handler, together = _function(stack, aws), Barrier(COPIES)
    event = {
        "multiValueQueryStringParameters": None,
        "multiValueHeaders": {"Idempotency-Key": ["k"]},
        "pathParameters": {"customer": LAYLA},
        "body": json.dumps(CHECK_IN),
    }
    till = Principal(
        "pos-terminal",
        "https://identity.test",
        "till-7",
        "token-1",
        shop.id,
        shop.merchant,
        shop.branch,
        frozenset(),
        datetime.now(UTC) + timedelta(hours=1),
        Settings("Test", "QAR", "QA"),
    )

    def invoke(number: int) -> Any:
        context = {"requestId": f"r-{number}", "authorizer": till.context()}
        together.wait()
        for _ in range(30):
            answer = handler({**event, "requestContext": context}, None)
            if answer["statusCode"] not in (409, 503):
                break
        return answer

    with ThreadPoolExecutor(COPIES) as crowd:
        answers = list(crowd.map(invoke, range(COPIES)))
    bodies = [json.loads(answer["body"]) for answer in answers]
    assert Counter(answer["statusCode"] for answer in answers) == {201: COPIES}
    assert len({json.dumps(body["data"]) for body in bodies}) == 1
    assert [body["meta"]["idempotency_replayed"] for body in bodies].count(False) <= 1
    assert tables.events(shop.id) == [bodies[0]["data"]["event"]["event_id"]]


def _function(stack: dict[str, Any], aws: Callable[..., Any]) -> Handler:
    """What the deployed function does, in this process, on the stack's tables."""
    client = aws("dynamodb", config=Config(max_pool_connections=COPIES, read_timeout=120))
    customers, records, receipts = (stack["tables"][role] for role in ("customers", "records", "receipts"))
    handle = partial(
        record_event, profiles=Profiles(client, customers), events=RecordedEvents(client, customers, records, receipts)
    )
    return serve_writing(RECORD_EVENT, handle, IdempotencyRecords(client, receipts, records).find)


@pytest.mark.thorough
@pytest.mark.usefixtures("few_functions")
def test_a_hundred_requests_of_their_own_at_once_are_a_hundred_events(
    shop: Enterprise, tables: Tables, published: Callable[[], set[str]]
) -> None:
    token = shop.token()
    answers = all_at_once(lambda: record(shop, str(uuid.uuid4()), token=token))
    told = [answer.json()["data"]["event"]["event_id"] for answer in answers]
    assert sorted(tables.events(shop.id)) == sorted(told)
    assert len(set(told)) == COPIES
    eventually(lambda: tables.waiting(shop.id) == [])
    assert published() == set(told)


def test_of_requests_that_share_a_key_at_once_one_is_recorded_and_the_others_are_told(
    shop: Enterprise, tables: Tables
) -> None:
    key, token = str(uuid.uuid4()), shop.token()
    bodies = [{"event_type": "feedback", "attributes": {"rating": number}} for number in range(10)]
    with ThreadPoolExecutor(len(bodies)) as crowd:
        answers = list(crowd.map(lambda body: record(shop, key, body, token), bodies))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: len(bodies) - 1}
    (won,) = [answer for answer in answers if answer.status_code == 201]
    assert tables.events(shop.id) == [won.json()["data"]["event"]["event_id"]]


def test_facts_and_events_of_one_customer_at_once_all_arrive(
    shop: Enterprise, tables: Tables, aws: Callable[[str], Any], stack: dict[str, Any]
) -> None:
    token = shop.token()
    with ThreadPoolExecutor(8) as crowd:
        for number in range(20):
            crowd.submit(shop.publish, "balance.topped_up", LAYLA, amount_minor=number, currency="QAR")
        answers = list(crowd.map(lambda _: record(shop, str(uuid.uuid4()), token=token), range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 20}
    spendable = sum(range(20))

    def balance() -> int:
        customer = shop.get("/customers/lookup?phone=%2B97433001122").json()["data"]["customer"]
        amount: int = customer["balance"]["spendable_minor"]
        return amount

    eventually(lambda: balance() == spendable)
    assert len(tables.events(shop.id)) == 20
    # No projection follows from an event: what the ledger gives is what is stored.
    customer_id = answers[0].json()["data"]["event"]["customer_id"]
    named = stack["tables"]
    rebuild = Rebuild(
        aws("dynamodb"),
        named["customers"],
        named["records"],
        named["derived"],
        DerivedKeys(stack["pseudonym_key"], aws("kms")).key,
    )
    assert rebuild.compare(shop.id, customer_id, "QAR").differences == ()
    history = shop.get(f"/customers/{customer_id}/context?limit=50", shop.admin("customer:CONTEXT")).json()["data"]
    assert Counter(each["type"] for each in history["history"])["event.check_in"] == 20


def test_a_stranger_is_a_200_and_nothing_is_stored(shop: Enterprise, tables: Tables) -> None:
    before = [tables.rows(role, shop.id) for role in ("customers", "records", "receipts")]
    answer = record(shop, "k", path=OF_A_STRANGER)
    assert (answer.status_code, answer.json()["data"]) == (200, {"status": "not_found", "event": None})
    assert [tables.rows(role, shop.id) for role in ("customers", "records", "receipts")] == before


def test_who_may_not_gets_no_replay(shop: Enterprise) -> None:
    assert record(shop, "k").status_code == 201
    now = int(time.time())
    expired = record(shop, "k", token=shop.token(iat=now - 7200, exp=now - 3600))
    office = record(shop, "k", token=shop.admin("customer:UPDATE"))
    elsewhere = record(shop, "k", token=shop.token(branch_id=str(uuid.uuid4())))
    assert [answer.status_code for answer in (expired, office, elsewhere)] == [401, 401, 403]
    assert all(answer.json()["data"] is None for answer in (expired, office, elsewhere))


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 256}])
def test_without_a_key_nothing_is_recorded(shop: Enterprise, tables: Tables, headers: dict[str, str]) -> None:
    answer = shop.send("POST", PATH, headers=headers, json=CHECK_IN)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["error"]["details"]] == ["Idempotency-Key"]
    assert tables.events(shop.id) == []


MEGABYTE = 1024 * 1024
HOSTILE = {
    "nothing": b"",
    "cut off": b"{",
    "no UTF-8": b"\xff",
    "a name twice": b'{"event_type": "check_in", "event_type": "feedback"}',
    "NaN": b'{"event_type": "check_in", "attributes": {"a": NaN}}',
    "a number beyond all floats": b'{"event_type": "check_in", "attributes": {"a": 1e999}}',
    "an integer of 5,000 digits": b'{"event_type": "check_in", "attributes": {"a": ' + b"9" * 5000 + b"}}",
    "half a character": b'{"event_type": "check_in", "attributes": {"a": "\\ud800"}}',
    "5,000 levels": b"[" * 5000,
    "70 kB": b'{"event_type": "check_in"' + b" " * 70_000 + b"}",
    "1 MB": b'{"event_type": "check_in", "attributes": {"a": "' + b"x" * MEGABYTE + b'"}}',
    "1 MB of levels": b"[" * MEGABYTE,
}


def test_hostile_bodies_are_a_4xx_in_the_envelope(shop: Enterprise, tables: Tables) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    for name, body in HOSTILE.items():
        answer = shop.send("POST", PATH, headers=headers, data=body)
        assert answer.status_code == (413 if "kB" in name or "MB" in name else 400), name
        assert answer.json()["error"]["code"] in ("VALIDATION_ERROR", "PAYLOAD_TOO_LARGE")
    assert tables.events(shop.id) == []
