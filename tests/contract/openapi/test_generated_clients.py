"""Faults of generated clients that no compiler sees: each was found by calling the local stack with one."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from customers.catalogue.every import OPERATIONS
from customers.edge.http.openapi.document import openapi

pytestmark = pytest.mark.slow


def schemas(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document with its path."""
    if isinstance(value, dict):
        yield path, value
        for name, each in value.items():
            yield from schemas(each, f"{path}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from schemas(each, f"{path}/{number}")


def test_no_boolean_is_a_constant() -> None:
    """openapi-generator's Python client takes such a constant for a text, and refuses every answer."""
    document = openapi([each for each in OPERATIONS if each.handler])
    constant = [
        path for path, each in schemas(document) if each.get("type") == "boolean" and {"const", "enum"} & {*each}
    ]
    assert constant == []


@pytest.mark.parametrize(
    ("named", "context", "server"),
    [
        ("https://api.example.com/v1/partner", {"domainName": "x.test", "path": "/v1/partner/openapi"}, None),
        (
            "https://{api}.example.com/v1",
            {"domainName": "x.test", "path": "/v1/partner/openapi"},
            "https://x.test/v1/partner",
        ),
        ("", {"domainName": "pos.example.com", "path": "/partner/openapi"}, "https://pos.example.com/partner"),
        ("", {}, "."),
        ("", {"domainName": "pos.example.com"}, "."),
        ("", {"path": "/partner/openapi"}, "."),
    ],
)
def test_the_server_is_the_address_at_which_the_caller_is(
    monkeypatch: pytest.MonkeyPatch, named: str, context: dict[str, str], server: str | None
) -> None:
    """Several tools do not understand a relative one."""
    monkeypatch.setenv("API_ADDRESS", named)
    sys.modules.pop("front.openapi", None)
    handler = importlib.import_module("front.openapi").handler
    empty = dict.fromkeys(("multiValueQueryStringParameters", "multiValueHeaders", "pathParameters", "body"))
    event = {"httpMethod": "GET", "path": "/partner/openapi", **empty, "isBase64Encoded": False}
    answer = handler({**event, "requestContext": {"requestId": "req-1", **context}}, None)
    assert [each["url"] for each in json.loads(answer["body"])["servers"]] == [server or named]
    sys.modules.pop("front.openapi", None)
