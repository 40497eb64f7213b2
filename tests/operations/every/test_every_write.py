"""What holds for every operation that writes: one effect and one answer for a key, whatever comes between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Operation
from customers.edge.http.writing import ATTEMPTS
from customers.store.dynamodb.client import connect
from tests.operations.conftest import Clock, Shop
from tests.operations.writes import WRITES, Write
from tests.support.crashes import AROUND_THE_WRITE, WRITE, Crash, crash
from tests.support.http.gateway import Reply
from tests.support.recording import answers, stored
from tests.support.thorough import only

WRITING = [each for each in OPERATIONS if each.handler and each.writes]
NO_KEYS = [None, "", " ", "a b", "k\n", "\t", "\x7f", "x" * 256, "é", "ключ", ["one", "other"], ["", "other"], []]
CHANGES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}

pytestmark = [
    pytest.mark.parametrize("operation", WRITING, ids=lambda each: each.name),
    pytest.mark.usefixtures("naps"),
]


@pytest.fixture
def write(operation: Operation[Any], shop: Shop, tables: DynamoDBClient) -> Write:
    return asked(operation, shop, tables)[0]


def asked(operation: Operation[Any], shop: Shop, tables: DynamoDBClient) -> tuple[Write, Write]:
    """A request and another one, of a shop that knows Layla from now on."""
    assert operation.name in WRITES, "say in tests/operations/writes.py what is sent to it"
    shop.opened()
    shop.told_of_layla()
    return WRITES[operation.name](shop, tables)


@pytest.fixture
def elsewhere(enterprise: str) -> Shop:
    return Shop(enterprise + "-other")


@contextmanager
def at(moment: str, act: Callable[[], None]) -> Iterator[None]:
    """Meanwhile `act` is done at each such moment of DynamoDB's client, as botocore names it."""
    events = connect().meta.events

    def hook(**_: object) -> None:
        act()

    events.register_first(moment, hook)
    try:
        yield
    finally:
        events.unregister(moment, hook)


def is_first_answer(reply: Reply) -> bool:
    assert 200 <= reply.status < 300
    return not reply.body["meta"]["idempotency_replayed"]


def is_replay(reply: Reply, first: Reply) -> bool:
    """To the letter, also in the order of the fields, but for the flag."""
    assert (reply.status, reply.headers) == (first.status, first.headers)
    assert json.dumps(reply.data) == json.dumps(first.data)
    assert reply.body["meta"] == {**first.body["meta"], "idempotency_replayed": True}
    return True


def test_what_is_no_key_is_a_400_and_asks_no_table(write: Write, requests: list[str]) -> None:
    requests.clear()
    for key in NO_KEYS:
        reply = write.send(key)
        assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR"), key
        assert [each["field"] for each in reply.body["error"]["details"]] == ["Idempotency-Key"]
    assert requests == noted(write) * len(NO_KEYS)


def noted(write: Write) -> list[str]:
    """An administrator's request that commits nothing leaves its entry in the activity log by itself."""
    return ["PutItem"] if write.operation.logged else []


def test_a_retry_changes_nothing_and_gets_the_answer_of_the_first_time(
    write: Write, shop: Shop, clock: Clock, tables: DynamoDBClient, requests: list[str]
) -> None:
    lasting = replace(write.principal, expires_at=clock.at + timedelta(days=30))
    first = write.send("~" * 255, lasting)
    assert is_first_answer(first)
    before = stored(tables, shop.enterprise)
    clock.forward(hours=71, minutes=59)
    requests.clear()
    assert is_replay(write.send("~" * 255, lasting), first)
    # The idempotency record; for an answer about a customer, or about two, whether they have been erased since; for a
    # till's answer about a customer, also their pointer and row: whether they have been disabled since. For an erasure,
    # whose files must be gone, its entry and the ids of the absorbed.
    expected = [["GetItem"] * reads for reads in (1, 2, 3, 4)]
    if write.operation.name == "erase":
        expected = [["GetItem", "GetItem", "Query"]]
    assert requests in [each + noted(write) for each in expected]
    assert stored(tables, shop.enterprise) == before


def test_a_receipt_is_read_as_it_is_now(write: Write) -> None:
    """A copy of the request may have been answered a moment ago."""
    read: list[Any] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        read.append((params["TableName"], params.get("ConsistentRead")))

    events = connect().meta.events
    events.register("provide-client-params.dynamodb.GetItem", note)
    write.send("k")
    events.unregister("provide-client-params.dynamodb.GetItem", note)
    assert ("ReceiptsTable", True) in read


def test_what_is_written_is_one_transaction_within_the_budget(write: Write, requests: list[str]) -> None:
    requests.clear()
    assert is_first_answer(write.send("k"))
    assert len(requests) == write.operation.budget
    assert [each for each in requests if each in CHANGES] == ["TransactWriteItems"]


def test_the_key_of_another_request_is_a_422_and_changes_nothing(
    operation: Operation[Any], shop: Shop, tables: DynamoDBClient
) -> None:
    one, other = asked(operation, shop, tables)
    assert is_first_answer(one.send("k"))
    before = stored(tables, shop.enterprise)
    for each in (other, *about_another(one)):
        reply = each.send("k")
        assert (reply.status, reply.body["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert [detail["field"] for detail in reply.body["error"]["details"]] == ["Idempotency-Key"]
    assert stored(tables, shop.enterprise) == before


def about_another(write: Write) -> Iterator[Write]:
    """The same request with another id or phone in its path, if there is one."""
    parts = write.path.split("/")
    for place, declared in enumerate(write.operation.path.split("/")):
        if declared.startswith("{"):
            last = "0" if parts[place][-1] != "0" else "1"
            yield replace(write, path="/".join([*parts[:place], parts[place][:-1] + last, *parts[place + 1 :]]))


def test_a_key_is_its_enterprises_own(
    write: Write, operation: Operation[Any], elsewhere: Shop, tables: DynamoDBClient
) -> None:
    _, theirs = asked(operation, elsewhere, tables)
    assert is_first_answer(write.send("k"))
    assert is_first_answer(theirs.send("k"))


def test_who_may_not_gets_no_replay(write: Write, shop: Shop, requests: list[str]) -> None:
    assert is_first_answer(write.send("k"))
    requests.clear()
    nobody: Any = "nobody"
    refused = [
        write.send("k", shop.expired()),
        write.send("k", replace(write.principal, audience=nobody)),
        *([write.send("k", replace(write.principal, permissions=frozenset()))] if write.operation.permission else []),
    ]
    assert [reply.status for reply in refused] == [401, 401, 403][: len(refused)]
    assert [reply.body["data"] for reply in refused] == [None] * len(refused)
    assert requests == []


def test_two_copies_at_one_instant_have_one_effect_and_one_answer(
    write: Write, operation: Operation[Any], elsewhere: Shop, shop: Shop, tables: DynamoDBClient
) -> None:
    faster: list[Reply] = []

    def overtake() -> None:
        if not faster:
            faster.append(Reply(0, {}, {}))
            faster[0] = write.send("k")

    with at(WRITE, overtake):
        slower = write.send("k")
    assert is_first_answer(faster[0])
    assert is_replay(slower, faster[0])
    assert is_once(operation, shop, elsewhere, tables)


@pytest.mark.slow
@pytest.mark.parametrize("moment", only(range(1, 13), *range(1, 13, 2)))
def test_two_copies_have_one_answer_whenever_the_faster_one_comes(write: Write, moment: int) -> None:
    """Before any request to the tables, also between looking for a record and reading what the faster one changes."""
    faster, calls = list[Reply](), list[int]()

    def overtake() -> None:
        calls.append(1)
        if len(calls) == moment and not faster:
            faster.append(Reply(0, {}, {}))
            faster[0] = write.send("k")

    with at("before-call.dynamodb", overtake):
        slower = write.send("k")
    one, *others = sorted([slower, *faster], key=lambda reply: not is_first_answer(reply))
    assert is_first_answer(one)
    assert all(is_replay(each, one) for each in others)


@AROUND_THE_WRITE
def test_a_crash_and_then_a_retry_is_as_no_crash(
    write: Write, operation: Operation[Any], shop: Shop, elsewhere: Shop, tables: DynamoDBClient, moment: str
) -> None:
    before = stored(tables, shop.enterprise)
    with at(moment, crash), pytest.raises(Crash):
        write.send("k")
    committed = moment.startswith("after")
    assert (stored(tables, shop.enterprise) != before) == committed
    first, again = write.send("k"), write.send("k")
    assert [each.body["meta"]["idempotency_replayed"] for each in (first, again)] == [committed, True]
    assert (again.status, again.data) == (first.status, first.data)
    assert is_once(operation, shop, elsewhere, tables)


def test_after_an_unknown_outcome_a_retry_gets_the_answer(
    write: Write, operation: Operation[Any], shop: Shop, elsewhere: Shop, tables: DynamoDBClient
) -> None:
    def go_silent() -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    with at("after-call.dynamodb.TransactWriteItems", go_silent):
        unsure = write.send("k")
    assert (unsure.status, unsure.headers["Retry-After"]) == (503, "1")
    assert unsure.body["error"]["code"] == "UPSTREAM_UNAVAILABLE"
    # It may have written, and has: nothing else may be said.
    assert "nothing was changed" not in unsure.body["error"]["message"]
    assert "same Idempotency-Key" in unsure.body["error"]["message"]
    again = write.send("k")
    assert again.status < 300
    assert again.body["meta"]["idempotency_replayed"]
    assert is_once(operation, shop, elsewhere, tables)


def is_once(operation: Operation[Any], shop: Shop, elsewhere: Shop, tables: DynamoDBClient) -> bool:
    """Whether a shop holds as many rows as one in which the same was done once, undisturbed."""
    undisturbed, _ = asked(operation, elsewhere, tables)
    assert is_first_answer(undisturbed.send("k"))
    assert sizes(stored(tables, shop.enterprise)) == sizes(stored(tables, elsewhere.enterprise))
    kept = answers(tables, shop.enterprise)
    assert len([row for row in kept if f"#{operation.name}#" in row["pk"]["S"]]) == 1
    return True


def sizes(found: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    return {table: len(rows) for table, rows in found.items()}


def test_who_is_always_overtaken_waits_a_short_while_and_is_asked_to_come_again(
    write: Write, shop: Shop, tables: DynamoDBClient, naps: list[float]
) -> None:
    before = stored(tables, shop.enterprise)
    conflict = connect().exceptions.TransactionCanceledException

    def overtake() -> None:
        told: Any = {"Error": {}, "CancellationReasons": [{"Code": "TransactionConflict"}]}
        raise conflict(told, "TransactWriteItems")

    with at(WRITE, overtake):
        reply = write.send("k")
    assert (reply.status, reply.body["error"]["code"]) == (409, "IDEMPOTENCY_IN_PROGRESS")
    assert reply.headers["Retry-After"] == "1"
    assert len(naps) == ATTEMPTS - 1
    assert sum(naps) < 2
    assert stored(tables, shop.enterprise) == before
    assert is_first_answer(write.send("k"))
