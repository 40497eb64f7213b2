"""What holds for every operation that needs a token: who may call it, and what it keeps silent about.

A new operation joins by being declared: what is sent to it are the catalogue's own examples.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, get_args, get_type_hints
from urllib.parse import quote, urlencode

import pytest
from botocore.exceptions import ConnectTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import TERMINAL, Caller, Operation
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, PLANTED, Clock, Shop
from tests.support.dynamodb.in_memory_client import InMemory
from tests.support.erasure.registered import something_to_list
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of, stored
from tests.support.sessions import opened

SIGNED_IN = [each for each in OPERATIONS if each.handler and each.callers]
PERMISSIONS = frozenset(each.permission for each in SIGNED_IN if each.permission)
AUDIENCES: tuple[Any, ...] = (*get_args(Caller), "pos-kiosk")
BAD = "Layla 33001122"
NOBODY = (LAYLA, "33001122", "nobody", "usr_", "usr_\x00", "usr_" + "x" * 70)
"""Ids of no customer."""
UNTOLD = ("fetched_at", "branch_id")
"""What two answers about strangers may differ in, beside the request id."""
Ask = Callable[..., Reply]


def of(operations: list[Operation[Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda each: each.name)


def may(operation: Operation[Any], shop: Shop) -> Principal:
    """Somebody who may call it."""
    return shop.till if operation.callers[:1] == TERMINAL else shop.admin(*filter(None, [operation.permission]))


def is_about_a_customer(operation: Operation[Any]) -> bool:
    names = {each.name for each in operation.parameters}
    return "phone" in names or ("id" in names and operation.path.startswith("/customers/"))


@pytest.fixture
def ask(operation: Operation[Any], shop: Shop, tables: DynamoDBClient, bucket: S3Client) -> Ask:
    """Sends the example about Layla, whom the shop knows, unless it is said to be about another."""
    shop.told_of_layla()
    of_layla = id_of(tables, shop)
    session = opened(shop) if operation.path.startswith("/checkout/sessions/") else of_layla
    if operation.path.startswith(("/erasures", "/refused-facts")):
        session = something_to_list(tables, shop.enterprise)

    def send(
        principal: Principal, phone: str = LAYLA, who: str = session, body: object = ..., key: str = "", **query: str
    ) -> Reply:
        examples = {each.name: each.example_text for each in operation.parameters if each.example}
        examples |= {"Idempotency-Key": key} if key else {}
        asked = {
            each.name: phone if each.name == "phone" else examples.get(each.name, "")
            for each in operation.parameters
            if each.where == "query" and each.name in ("phone", *query)
        }
        path = operation.path.replace("{phone}", quote(phone, safe="")).replace("{id}", quote(who, safe=""))
        headers = {each.name: examples[each.name] for each in operation.parameters if each.where == "header"}
        told = operation.body_example if body is ... else body
        reply = call(operation.method, path, urlencode(asked | query), principal, headers=headers, body=told)
        conforms(operation, reply)
        return reply

    return send


def files(bucket: S3Client, shop: Shop) -> list[Any]:
    """What lies in the bucket about a shop's customers."""
    return bucket.list_objects_v2(Bucket="exports-bucket", Prefix=shop.enterprise).get("Contents", [])


@of(SIGNED_IN)
def test_who_may_not_is_told_why_and_nothing_is_read(
    operation: Operation[Any], ask: Ask, shop: Shop, requests: list[str], bucket: S3Client
) -> None:
    welcome = may(operation, shop)
    all_of_them = replace(welcome, permissions=PERMISSIONS)
    requests.clear()
    expired = ask(replace(all_of_them, expires_at=shop.expired().expires_at))
    assert (expired.status, expired.body["error"]["code"]) == (401, "INVALID_API_KEY")
    for audience in AUDIENCES:
        if audience not in operation.callers:
            reply = ask(replace(all_of_them, audience=audience))
            assert (reply.status, reply.body["error"]["code"]) == (401, "INVALID_API_KEY")
            assert all(each in reply.body["error"]["message"] for each in operation.callers)
    refused: list[tuple[Reply, tuple[str, ...]]] = []
    if operation.permission:
        for held in (frozenset(), PERMISSIONS - {operation.permission} | {operation.permission.lower()}):
            refused.append((ask(replace(welcome, permissions=held)), (operation.permission,)))
    for reply, needed in refused:
        assert (reply.status, reply.body["error"]["code"]) == (403, "FORBIDDEN")
        assert all(each in reply.body["error"]["message"] for each in needed)
    assert requests == []
    assert files(bucket, shop) == []


@of(SIGNED_IN)
def test_who_may_is_let_in(operation: Operation[Any], ask: Ask, shop: Shop) -> None:
    welcome = may(operation, shop)
    for audience in operation.callers:
        assert ask(replace(welcome, audience=audience)).status not in (401, 403)


@of([each for each in SIGNED_IN if is_about_a_customer(each)])
def test_another_enterprises_customer_is_as_unknown_as_nobody(
    operation: Operation[Any], ask: Ask, shop: Shop, tables: DynamoDBClient, bucket: S3Client
) -> None:
    other, before = Shop(f"{shop.enterprise}-other"), written(tables, shop)
    elsewhere = ask(may(operation, other))
    nobody = ask(may(operation, shop), phone="+97466999999", who="usr_" + "0" * 32)
    odd = [ask(may(operation, shop), who=each) for each in NOBODY if "{id}" in operation.path]
    for reply in (elsewhere, nobody):
        for name in UNTOLD:
            (reply.body["data"] or {}).pop(name, None)
    for reply in (elsewhere, *odd):
        assert (reply.status, reply.body) == (nobody.status, nobody.body)
    assert elsewhere.status == 404 or elsewhere.data["status"] == "not_found"
    assert files(bucket, shop) == files(bucket, other) == []
    assert (written(tables, shop), written(tables, other)) == (before, [])


def names_a_phone(operation: Operation[Any]) -> bool:
    names = {each.name for each in operation.parameters} | set(get_type_hints(operation.body or object))
    return "phone" in names


@of([each for each in SIGNED_IN if TERMINAL[0] in each.callers and names_a_phone(each) and each.status < 300])
def test_a_stranger_a_disabled_customer_and_another_enterprises_cannot_be_told_apart(
    operation: Operation[Any], ask: Ask, shop: Shop, clock: Clock, tables: DynamoDBClient, requests: list[str]
) -> None:
    other, example = Shop(f"{shop.enterprise}-other"), operation.body_example or {}
    shop.disabled_layla()
    session = {each.enterprise: opened(each) if "{id}" in operation.path else "" for each in (shop, other)}
    before = [written(tables, each) for each in (shop, other)]

    def told(where: Shop, phone: str) -> tuple[Any, ...]:
        """Also how long it takes, as far as requests tell."""
        clock.forward(seconds=10)
        requests.clear()
        body = {**example, "phone": phone} if "phone" in example else ...
        reply = ask(may(operation, where), phone, session[where.enterprise], body)
        for name in (*UNTOLD, "session_id"):
            (reply.body["data"] or {}).pop(name, None)
        return reply.status, reply.body, reply.headers, list(requests)

    stranger = told(shop, "+97466999999")
    assert told(shop, LAYLA) == told(other, LAYLA) == stranger
    assert (stranger[0], stranger[1]["data"].pop("status")) == (200, "not_found")
    assert not any(stranger[1]["data"].values())
    assert stranger[1]["meta"]["data_completeness_score"] is None
    assert [written(tables, each) for each in (shop, other)] == before


def written(tables: DynamoDBClient, shop: Shop) -> list[dict[str, Any]]:
    """All rows but those that lead to entries of the activity log, which tells of every request."""
    rows = [row for rows in stored(tables, shop.enterprise).values() for row in rows]
    return [row for row in rows if not row.get("sk", {"S": ""})["S"].startswith("activity#")]


@of(SIGNED_IN)
def test_a_store_that_does_not_answer_is_a_503_to_try_again_and_nothing_is_written(
    operation: Operation[Any], ask: Ask, shop: Shop, tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each of its requests, one at a time."""
    welcome, before, make = may(operation, shop), written(tables, shop), InMemory._make_api_call
    calls: list[str] = []
    fails_at = 0

    def sometimes(client: InMemory, call: str, said: Any) -> Any:
        calls.append(call)
        if len(calls) == fails_at:
            raise ConnectTimeoutError(endpoint_url="https://dynamodb")
        return make(client, call, said)

    monkeypatch.setattr(InMemory, "_make_api_call", sometimes)
    while len(calls) >= fails_at:
        calls.clear()
        fails_at += 1
        reply = ask(welcome, key="k")
        # An export tries again by itself if it does not know whether it has written.
        if len(calls) >= fails_at and (operation.name, reply.status) != ("export", 200):
            assert (reply.status, reply.headers.get("Retry-After")) == (503, "1"), calls
            assert reply.body["error"]["code"] == "UPSTREAM_UNAVAILABLE"
            assert written(tables, shop) == before
    assert reply.status < 500
    assert calls or operation.name == "folded_identify"


def leaves(value: Any) -> Iterator[str]:
    """The texts of a body, but for words that everybody says."""
    if isinstance(value, str) and len(value) > 8:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)


def begin(log: io.StringIO) -> None:
    """What was logged up to now is left out."""
    log.truncate(0)
    log.seek(0)


def lines(log: io.StringIO, operation: Operation[Any]) -> list[dict[str, Any]]:
    """What was logged of an operation's answers."""
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in told if line.get("operation") == operation.name]


@of(SIGNED_IN)
def test_each_request_writes_one_line_that_holds_no_person(
    operation: Operation[Any], ask: Ask, shop: Shop, log: io.StringIO
) -> None:
    welcome, headers = may(operation, shop), [each for each in operation.parameters if each.where == "header"]
    begin(log)
    replies = [
        ask(welcome),
        ask(welcome),
        ask(welcome, phone=BAD, who=BAD),
        ask(welcome, body={"phone": BAD, "Layla": 1}),
        ask(welcome, body='{"Layla'),
        ask(welcome, **{each.name: BAD for each in operation.parameters if each.where == "query"}),
        ask(shop.expired()),
    ]
    answered = lines(log, operation)
    assert [line["status"] for line in answered] == [reply.status for reply in replies]
    replayed = [(reply.body.get("meta") or {}).get("idempotency_replayed", False) for reply in replies]
    assert [line.get("replayed", False) for line in answered] == replayed
    assert replayed[1] == (operation.writes and replies[0].status < 300)
    assert [line["request_id"] for line in answered] == [reply.request_id for reply in replies]
    callers = {(line["enterprise_id"], line["subject"]) for line in answered[:-1]}
    assert callers == {(shop.enterprise, welcome.subject)}
    # CloudWatch drops a metric of another time.
    assert all(abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 600 for line in answered)
    assert max(line["status"] for line in answered) < 500
    secrets = [*PLANTED, *leaves(operation.body_example), *(each.example_text for each in headers if each.example)]
    assert not [secret for secret in secrets if secret in log.getvalue()]


def with_free_text(value: Any) -> Iterator[Any]:
    """A body with `BAD` in place of each text in it, one at a time."""
    if isinstance(value, str):
        yield BAD
    elif isinstance(value, dict):
        yield from ({**value, name: other} for name in value for other in with_free_text(value[name]))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in with_free_text(each))


@of([each for each in SIGNED_IN if each.body])
def test_no_line_repeats_what_a_body_says(operation: Operation[Any], ask: Ask, shop: Shop, log: io.StringIO) -> None:
    """A note may hold a name, and a basket's reference a phone."""
    welcome, body = may(operation, shop), operation.body_example or {}
    fields = [{**body, name: BAD} for name in get_type_hints(operation.body)]
    bodies = [each for each in (*with_free_text(body), *fields) if each != body]
    begin(log)
    replies = []
    for number, each in enumerate(bodies):
        # The second one has the key of another request.
        replies += [ask(welcome, body=told, key=f"k-{number}") for told in (each, body)]
    statuses = [reply.status for reply in replies]
    assert [line["status"] for line in lines(log, operation)] == statuses
    assert max(statuses) < 500
    assert 422 in statuses or not operation.writes or not takes_free_text(statuses)
    assert not [secret for secret in (*PLANTED, *leaves(body)) if secret in log.getvalue()]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@of(SIGNED_IN)
@settings(max_examples=settings().max_examples // 3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_sent_the_answer_is_one_that_the_page_describes(
    operation: Operation[Any], ask: Ask, shop: Shop, data: st.DataObject
) -> None:
    """Of a stranger: what is written is as it was read, and moto grows slow with rows."""

    def some(names: Iterable[str], values: st.SearchStrategy[Any]) -> dict[str, Any]:
        drawn: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(sorted(names)), values, max_size=3))
        return drawn

    example = operation.body_example or {}
    fields = get_type_hints(operation.body) if operation.body else {}
    kept = {name: example[name] for name in some(example, st.none())} if example else {}
    text = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="/\n\r"), min_size=1, max_size=80))
    body: object = ...
    if fields:
        told = json.dumps(kept | some({"other", *fields}, JSON))
        body = data.draw(st.just(told) | st.text(st.characters(), max_size=40))
    named = {each.name for each in operation.parameters if each.where == "query"} - {"phone"}
    query = some(named, st.text(max_size=140)) if named else {}
    phone = data.draw(st.sampled_from([text, "+97466999999"]))
    key = data.draw(st.text(st.characters(max_codepoint=300), max_size=20))
    reply = ask(may(operation, shop), phone, text, body, key, **query)
    assert reply.status in (200, 201, 308, 400, 404, 422)


def takes_free_text(statuses: list[int]) -> bool:
    """Whether any of the bodies in which a text was planted was taken."""
    return any(status < 300 for status in statuses[::2])


@of([each for each in SIGNED_IN if "cursor" in [parameter.name for parameter in each.parameters]])
def test_a_further_page_is_refused_as_the_first_one_is_and_no_line_holds_its_cursor(
    operation: Operation[Any], ask: Ask, shop: Shop, requests: list[str], log: io.StringIO
) -> None:
    welcome = may(operation, shop)
    # Each of these is an entry on a page of the activity log.
    for _ in range(2):
        ask(welcome)
    cursor = ask(welcome, limit="1").data["next_cursor"]
    begin(log)
    assert ask(welcome, cursor=cursor).status == 200
    requests.clear()
    refused = [
        ask(shop.expired(), cursor=cursor),
        ask(replace(welcome, permissions=frozenset()), cursor=cursor),
        ask(may(operation, Shop(f"{shop.enterprise}-other")), cursor=cursor),
        ask(welcome, cursor=cursor[::-1]),
    ]
    assert [reply.status for reply in refused] == [401, 403, 400, 400]
    # The caller of the latter two was admitted, so each of them leaves an entry where the operation is logged.
    # The log asks whether the customer has been erased, before it keeps the reason; then it is a transaction.
    wrote = [each for each in requests if each != "GetItem"]
    assert wrote in ([], ["PutItem", "PutItem"], ["PutItem", "TransactWriteItems"])
    assert bool(wrote) == operation.logged
    assert [line["status"] for line in lines(log, operation)] == [200, 401, 403, 400, 400]
    assert not [secret for secret in (*PLANTED, cursor, cursor[::-1]) if secret in log.getvalue()]
