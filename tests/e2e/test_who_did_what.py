"""Rights and who did what, over HTTP: parameters, tokens, revocations, disabled customers, the activity log."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Enterprise, Log, eventually, few_at_work
from tests.support.thorough import only

LAYLA = "+97433001122"
MONEY = {"currency": "QAR"}
CACHED = 60
"""Seconds for which the gateway keeps the authorizer's answer."""
COPIES = 50
AT_WORK = 6


def send(shop: Enterprise, method: str, path: str, token: str, **more: Any) -> requests.Response:
    """With an idempotency key of its own, unless `key` says one."""
    headers = {"Idempotency-Key": more.pop("key", None) or str(uuid.uuid4()), **more.pop("headers", {})}
    return shop.send(method, path, token, headers, **more)


def id_of(shop: Enterprise, aws: Callable[..., Any], phone: str = LAYLA) -> str:
    key = {"pk": {"S": f"{shop.id}#{phone}"}}

    def found() -> Any:
        return aws("dynamodb").get_item(TableName=shop.stack["tables"]["customers"], Key=key, ConsistentRead=True)

    customer_id: str = eventually(lambda: found().get("Item"))["customer_id"]["S"]
    return customer_id


@pytest.fixture
def layla(enterprise: Enterprise, aws: Callable[..., Any]) -> str:
    enterprise.publish("customer.registered", LAYLA, name="Layla Hassan")
    enterprise.publish("customer.verified", LAYLA)
    enterprise.wait_until_applied()
    return id_of(enterprise, aws)


def entries(shop: Enterprise, query: str = "", permission: str = "activity:READ") -> list[dict[str, Any]]:
    """All that `GET /activity` shows, page after page. The reads of the log itself are left out."""
    token, found, cursor = shop.admin(permission), [], ""
    while True:
        data = shop.get(f"/activity?limit=50{query}{cursor}", token).json()["data"]
        found += data["entries"]
        if data["next_cursor"] is None:
            return [each for each in found if each["operation"] != "activity"]
        cursor = f"&cursor={data['next_cursor']}"


# ----------------------------------------------------------------------------------------------- tokens


def test_each_refused_token_is_one_log_line_without_a_trace(shop: Enterprise, log: Log) -> None:
    before = Counter(log.lines())
    tokens = [shop.token(aud="another-api", jti=str(uuid.uuid4())) for _ in range(COPIES)]
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda token: shop.get("/customers/lookup?phone=33001122", token), tokens))
    assert {each.status_code for each in answers} == {401}

    def since() -> list[str]:
        return list((Counter(log.lines()) - before).elements())

    refused = eventually(lambda: len(found := [line for line in since() if "audience" in line]) >= COPIES and found)
    assert len(refused) == COPIES
    assert not [line for line in since() if "Traceback" in line or "stack_trace" in line or 'File "' in line]


@pytest.mark.thorough
def test_a_revoked_token_is_refused_within_the_time_of_the_cache(enterprise: Enterprise, stack: dict[str, Any]) -> None:
    shop, now = enterprise, int(time.time())
    leaked = shop.token(aud="enterprise-admin", merchant_id=None, branch_id=None, sub="officer-7", iat=now - 5)
    single = shop.token(aud="enterprise-admin", merchant_id=None, branch_id=None, sub="officer-8", jti="lost")
    other = shop.token(aud="enterprise-admin", merchant_id=None, branch_id=None, sub="officer-9")
    path = "/customers/lookup?phone=33001122"
    assert [shop.get(path, each).status_code for each in (leaked, single, other)] == [200] * 3
    # A backlog of sales is ahead of it.
    for number in range(300):
        shop.publish("purchase.completed", LAYLA, purchase_id=f"p{number}", amount_minor=100, **MONEY)
    at = datetime.fromtimestamp(now, tz=None).astimezone().isoformat()
    shop.publish("access.revoked", issuer=stack["issuer"], subject="officer-7", occurred_at=at)
    shop.publish("access.revoked", issuer=stack["issuer"], jti="lost", occurred_at=at, before="2100-01-01T00:00:00Z")
    eventually(lambda: {shop.get(path, each).status_code for each in (leaked, single)} == {401}, CACHED + 30)
    fresh = shop.token(aud="enterprise-admin", merchant_id=None, branch_id=None, sub="officer-7", iat=now + 1)
    assert [shop.get(path, each).status_code for each in (other, fresh)] == [200, 200]


# ------------------------------------------------------------------------------------------- customers


def test_an_officer_finds_a_disabled_customer_and_nobody_else_does(enterprise: Enterprise, layla: str) -> None:
    shop = enterprise
    shop.publish("customer.disabled", LAYLA, occurred_at="2026-11-02T10:00:00Z")
    officer = shop.admin("customer:SEARCH", "customer:DISABLED", "customer:EXPORT", "customer:DELETE")

    def found() -> Any:
        body = {"query": "33001122", "status": "disabled"}
        return send(shop, "POST", "/customers/search", officer, json=body).json()["data"]["customers"]

    (customer,) = eventually(found)
    assert (customer["customer_id"], customer["status"]) == (layla, "disabled")
    usual = send(shop, "POST", "/customers/search", officer, json={"query": "33001122"})
    assert usual.json()["data"]["customers"] == []
    clerk = send(shop, "POST", "/customers/search", shop.admin("customer:SEARCH"), json={"status": "disabled"})
    assert clerk.status_code == 403
    eventually(lambda: shop.get(f"/customers/{layla}/export", officer).status_code == 200)
    assert send(shop, "DELETE", f"/customers/{layla}", officer).status_code == 200


# ------------------------------------------------------------------------------------------ activity log


def test_the_log_says_who_did_what_and_pages_by_customer_person_and_operation(
    enterprise: Enterprise, layla: str
) -> None:
    shop = enterprise
    first = shop.token(
        aud="enterprise-admin", merchant_id=None, branch_id=None, sub="officer-1", permissions=["customer:UPDATE"]
    )
    second = shop.token(
        aud="enterprise-admin",
        merchant_id=None,
        branch_id=None,
        sub="officer-2",
        permissions=["customer:UPDATE", "customer:SEARCH", "customer:EXPORT", "customer:CONTEXT"],
    )
    why = {"Audit-Reason": "ticket 4711"}
    done = send(shop, "PATCH", f"/customers/{layla}", first, key="k", json={"name": "Leila"}, headers=why)
    replayed = send(shop, "PATCH", f"/customers/{layla}", second, key="k", json={"name": "Leila"})
    refused = send(shop, "PATCH", f"/customers/{layla}", second, json={"phone": "x"})
    search = send(shop, "POST", "/customers/search", second, json={"query": "leila"})
    polls = [shop.get(f"/customers/{layla}/export", second).status_code for _ in range(30)]
    assert shop.get("/customers/lookup?phone=33001122").status_code == 200
    assert shop.get("/customers/lookup?phone=33001122", shop.admin()).status_code == 200
    assert [each.status_code for each in (done, replayed, refused, search)] == [200, 200, 400, 200]
    assert replayed.json()["meta"]["idempotency_replayed"]
    told = eventually(lambda: (found := entries(shop)) and sum(each["count"] for each in found) == 34 and found)
    by_request = {each["request_id"]: each for each in told}
    shown = [by_request[each.json()["meta"]["request_id"]] for each in (done, replayed, refused, search)]
    assert [(each["subject"], each["operation"], each["outcome"], each["status"]) for each in shown] == [
        ("officer-1", "correct", "done", 200),
        ("officer-2", "correct", "replayed", 200),
        ("officer-2", "correct", "refused", 400),
        ("officer-2", "search", "done", 200),
    ]
    assert [each["reason"] for each in shown] == ["ticket 4711", None, None, None]
    exports = [each for each in told if each["operation"] == "export"]
    assert sum(each["count"] for each in exports if each["outcome"] == "pending") == polls.count(202)
    assert len([each for each in exports if each["outcome"] == "pending"]) <= 1
    assert told == sorted(told, key=lambda each: each["at"], reverse=True)
    assert entries(shop, f"&customer_id={layla}") == [each for each in told if each["operation"] != "search"]
    assert entries(shop, "&subject=officer-1") == [each for each in told if each["subject"] == "officer-1"]
    assert entries(shop, "&operation=search") == [each for each in told if each["operation"] == "search"]
    assert shop.get("/activity", shop.admin()).status_code == 403
    # The reason goes with the customer, the entry stays.
    assert send(shop, "DELETE", f"/customers/{layla}", shop.admin("customer:DELETE")).status_code == 200
    left = eventually(lambda: len(found := entries(shop, f"&customer_id={layla}")) == len(told) and found)
    assert {each["reason"] for each in left} == {None}
    assert "ticket 4711" not in json.dumps(left)


def answered(shop: Enterprise, method: str, path: str, token: str, **more: Any) -> requests.Response:
    """Sent again with the same key while it is refused for lack of room."""

    def tried() -> list[requests.Response]:
        answer = send(shop, method, path, token, key="k", **more)
        return [] if answer.status_code in (429, 503) else [answer]

    answers: list[requests.Response] = eventually(tried)
    return answers[0]


@pytest.mark.parametrize("operation", only(["correct", "merge", "erase"], "correct"))
def test_of_fifty_copies_at_once_one_did_it_and_each_has_its_entry(
    enterprise: Enterprise, layla: str, aws: Callable[..., Any], operation: str
) -> None:
    shop = enterprise
    shop.publish("customer.registered", "+97433001133", name="Twin")
    twin = id_of(shop, aws, "+97433001133")
    method, path, permission, body = {
        "correct": ("PATCH", f"/customers/{layla}", "customer:UPDATE", {"name": "Leila"}),
        "merge": ("POST", f"/customers/{layla}/merge", "customer:MERGE", {"absorbed_customer_id": twin}),
        "erase": ("DELETE", f"/customers/{layla}", "customer:DELETE", None),
    }[operation]
    token = shop.admin(permission)
    more = {"json": body} if body else {}
    with ThreadPoolExecutor(COPIES) as crowd, few_at_work(aws, AT_WORK, operation):
        answers = list(crowd.map(lambda _: answered(shop, method, path, token, **dict(more)), range(COPIES)))
    statuses = Counter(each.status_code for each in answers)
    assert set(statuses) <= {200, 409}, statuses
    firsts = [each for each in answers if each.status_code == 200 and not each.json()["meta"]["idempotency_replayed"]]
    assert len(firsts) == 1
    # A copy that found the tables too busy was answered with 503, and sent again: that is an entry of its own.
    every = eventually(lambda: len(found := entries(shop, f"&operation={operation}")) >= COPIES and found)
    told = [each for each in every if each["outcome"] != "failed"]
    assert Counter(each["request_id"] for each in told) == Counter(
        each.json()["meta"]["request_id"] for each in answers
    )
    outcomes = Counter(each["outcome"] for each in told)
    print(operation, outcomes)
    assert outcomes == Counter({"done": 1, "replayed": statuses[200] - 1}) + Counter({"refused": statuses[409]})
    (done,) = [each for each in told if each["outcome"] == "done"]
    assert done["request_id"] == firsts[0].json()["meta"]["request_id"]
