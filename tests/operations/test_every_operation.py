"""What holds for every operation that needs a token: who may call it, and what it keeps silent about.

A new operation joins by being declared: what is sent to it are the catalogue's own examples.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import quote, urlencode

import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import TERMINAL, Caller, Operation
from customers.edge.auth.principal import Principal
from tests.operations.conftest import LAYLA, PLANTED, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of
from tests.support.sessions import opened

SIGNED_IN = [each for each in OPERATIONS if each.door and each.callers]
PERMISSIONS = frozenset(each.permission for each in SIGNED_IN if each.permission)
AUDIENCES: tuple[Any, ...] = (*get_args(Caller), "pos-kiosk")
BAD = "Layla 33001122"
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

    def send(principal: Principal, phone: str = LAYLA, who: str = session, body: object = ..., **query: str) -> Reply:
        examples = {each.name: each.example for each in operation.parameters if each.example}
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


@of(SIGNED_IN)
def test_who_may_not_is_told_why_and_nothing_is_read(
    operation: Operation[Any], ask: Ask, shop: Shop, requests: list[str]
) -> None:
    welcome = may(operation, shop)
    all_of_them = replace(welcome, permissions=PERMISSIONS)
    requests.clear()
    expired = ask(replace(all_of_them, expires_at=shop.expired().expires_at))
    assert (expired.status, expired.body["error"]["code"]) == (401, "INVALID_API_KEY")
    refused: list[tuple[Reply, tuple[str, ...]]] = [
        (ask(replace(all_of_them, audience=audience)), operation.callers)
        for audience in AUDIENCES
        if audience not in operation.callers
    ]
    if operation.permission:
        for held in (frozenset(), PERMISSIONS - {operation.permission} | {operation.permission.lower()}):
            refused.append((ask(replace(welcome, permissions=held)), (operation.permission,)))
    for reply, needed in refused:
        assert (reply.status, reply.body["error"]["code"]) == (403, "FORBIDDEN")
        assert all(each in reply.body["error"]["message"] for each in needed)
    assert requests == []


@of(SIGNED_IN)
def test_who_may_is_let_in(operation: Operation[Any], ask: Ask, shop: Shop) -> None:
    welcome = may(operation, shop)
    for audience in operation.callers:
        assert ask(replace(welcome, audience=audience)).status not in (401, 403)


@of([each for each in SIGNED_IN if is_about_a_customer(each)])
def test_another_enterprises_customer_is_as_unknown_as_nobody(operation: Operation[Any], ask: Ask, shop: Shop) -> None:
    other = Shop(f"{shop.enterprise}-other")
    elsewhere = ask(may(operation, other))
    nobody = ask(may(operation, shop), phone="+97466999999", who="usr_" + "0" * 32)
    for reply in (elsewhere, nobody):
        for name in UNTOLD:
            (reply.body["data"] or {}).pop(name, None)
    assert (elsewhere.status, elsewhere.body) == (nobody.status, nobody.body)
    assert elsewhere.status == 404 or elsewhere.data["status"] == "not_found"


def leaves(value: Any) -> Iterator[str]:
    """The texts of a body, but for words that everybody says."""
    if isinstance(value, str) and len(value) > 8:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)


@of(SIGNED_IN)
def test_each_request_writes_one_line_that_holds_no_person(
    operation: Operation[Any], ask: Ask, shop: Shop, log: io.StringIO
) -> None:
    welcome, headers = may(operation, shop), [each for each in operation.parameters if each.where == "header"]
    log.truncate(0)
    log.seek(0)
    replies = [
        ask(welcome),
        ask(welcome),
        ask(welcome, phone=BAD, who=BAD),
        ask(welcome, body={"phone": BAD, "Layla": 1}),
        ask(welcome, body='{"Layla'),
        ask(welcome, **{each.name: BAD for each in operation.parameters if each.where == "query"}),
        ask(shop.expired()),
    ]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    answered = [line for line in lines if line.get("operation") == operation.name]
    assert [line["status"] for line in answered] == [reply.status for reply in replies]
    replayed = [(reply.body.get("meta") or {}).get("idempotency_replayed", False) for reply in replies]
    assert [line.get("replayed", False) for line in answered] == replayed
    assert replayed[1] == (operation.writes and replies[0].status < 300)
    assert {line["request_id"] for line in answered} == {"req-1"}
    assert max(line["status"] for line in answered) < 500
    secrets = [*PLANTED, *leaves(operation.body_example), *(each.example for each in headers if each.example)]
    assert not [secret for secret in secrets if secret in log.getvalue()]
