"""GET /erasures and GET /erasures/{id}, through the template's routes and the template's tables."""

from __future__ import annotations

from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.data_subject_rights import ERASURE, ERASURES
from customers.domain.erasure.jws import unsigned
from customers.domain.erasure.plan import Status
from customers.store.dynamodb import listing
from tests.operations.conftest import Shop
from tests.support.erasure.registered import register
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms

MAY = "erasure:READ"


def listed(shop: Shop, query: str = "") -> Reply:
    reply = call("GET", "/erasures", query, shop.admin(MAY))
    conforms(ERASURES, reply)
    return reply


def one(shop: Shop, erasure_id: str) -> Reply:
    reply = call("GET", f"/erasures/{erasure_id}", "", shop.admin(MAY))
    conforms(ERASURE, reply)
    return reply


def ids(reply: Reply) -> list[str]:
    return [each["erasure_id"] for each in reply.data["erasures"]]


def test_the_newest_comes_first_and_each_says_what_blocks_it(shop: Shop, tables: DynamoDBClient) -> None:
    made = register(tables, shop.enterprise, "done", "escalated", "failed", "expired", "erasing")
    reply = listed(shop)
    assert ids(reply) == made[::-1]
    told = {each["status"]: each for each in reply.data["erasures"]}
    assert {status for status, each in told.items() if each["blockers"]} == {"escalated", "failed", "expired"}
    assert {status for status, each in told.items() if each["erased_at"]} == {"done", "failed", "erasing"}
    assert "settle it first" in told["escalated"]["blockers"][0]


def test_pages_have_every_erasure_once_also_by_status(
    shop: Shop, tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ROUNDS", 1)
    statuses: list[Status] = ["done", "escalated", "erasing"]
    made = register(tables, shop.enterprise, *statuses * 3)
    for query, expected in (("", made), ("status=done&", made[::3])):
        found, cursor = list[str](), ""
        while True:
            reply = listed(shop, f"{query}limit=2{cursor}")
            found += ids(reply)
            if reply.data["next_cursor"] is None:
                break
            cursor = f"&cursor={reply.data['next_cursor']}"
        assert found == expected[::-1]


def test_an_erasure_of_another_enterprise_is_as_unknown_as_one_that_does_not_exist(
    shop: Shop, tables: DynamoDBClient
) -> None:
    (made,) = register(tables, f"{shop.enterprise}-other", "done")
    bodies: list[Any] = [one(shop, each).body for each in (made, f"era_{0:032x}", "era_x", "waiting%23usr_1")]
    assert [each["error"]["code"] for each in bodies] == ["NOT_FOUND"] * 4
    assert len({str(each["error"]) for each in bodies}) == 1
    assert listed(shop).data["erasures"] == []


def test_one_that_is_done_has_its_receipt_and_its_signature(shop: Shop, tables: DynamoDBClient) -> None:
    signed = unsigned({"type": "erasure-receipt", "outcome": "anonymized"}, "k") + ".c2lnbmVk"
    waiting, done = register(tables, shop.enterprise, "escalated", "done", receipt=signed)
    data = one(shop, done).data
    assert (data["receipt"], data["signed"]) == ({"type": "erasure-receipt", "outcome": "anonymized"}, signed)
    assert data["erasure"]["status"] == "done"
    data = one(shop, waiting).data
    assert (data["receipt"], data["signed"]) == (None, None)


def test_the_requests_are_those_of_the_budgets(shop: Shop, tables: DynamoDBClient, requests: list[str]) -> None:
    statuses: list[Status] = ["done"] * 21
    made = register(tables, shop.enterprise, *statuses)
    requests.clear()
    assert len(ids(listed(shop))) == 20
    assert len(requests) == 2
    # It looks on where few erasures of a page have the status.
    assert ERASURES.budget == listing.ROUNDS + 1
    requests.clear()
    one(shop, made[0])
    assert len(requests) == ERASURE.budget
