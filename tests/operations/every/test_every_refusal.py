"""What holds for every operation that says no: nobody on the way keeps the answer, and the page said so before."""

from __future__ import annotations

import re
from typing import Any

import pytest

from customers.catalogue.operation import Operation
from customers.edge.auth.principal import Principal
from tests.operations.conftest import Shop
from tests.support.http.document import DOCUMENT
from tests.support.http.gateway import Reply, call
from tests.support.http.operations import BUILT
from tests.support.sessions import SOME_ID


def send(operation: Operation[Any], principal: Principal | None) -> Reply:
    """With a key, and nothing else."""
    path = re.sub(r"\{phone\}", "%2B97433001122", operation.path)
    path = re.sub(r"\{\w+\}", SOME_ID if "sessions" in path else "usr_0", path)
    return call(operation.method, path, "", principal, headers={"Idempotency-Key": "k"})


def allowed(shop: Shop, operation: Operation[Any]) -> Principal:
    return shop.till if "pos-terminal" in operation.callers else shop.admin(*filter(None, [operation.permission]))


@pytest.mark.parametrize("operation", [each for each in BUILT if each.callers], ids=lambda each: each.name)
def test_no_refusal_is_kept_on_the_way(shop: Shop, operation: Operation[Any]) -> None:
    """A till that has a token again, or a customer who has come to be known, must not be shown an answer of before."""
    for reply in (send(operation, shop.expired()), send(operation, allowed(shop, operation))):
        assert reply.status == 200 or reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("operation", [each for each in BUILT if each.body], ids=lambda each: each.name)
def test_a_body_may_be_left_out_exactly_where_the_page_says_so(shop: Shop, operation: Operation[Any]) -> None:
    reply = send(operation, allowed(shop, operation))
    refused = (reply.body["error"] or {}).get("details") or []
    page = DOCUMENT["paths"][operation.path][operation.method.lower()]
    assert page["requestBody"]["required"] == ("body" in [each["field"] for each in refused])
