"""The OpenAPI page, as what answers are held to."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs

from customers.catalogue.operation import Operation
from tests.support.http.document import DOCUMENT
from tests.support.http.gateway import Reply


def conforms(operation: Operation[Any], reply: Reply) -> None:
    """The answer is one that the page describes for the operation."""
    described = responses(DOCUMENT, operation)[str(reply.status)]
    assert set(described["headers"]) <= set(reply.headers)
    if "content" not in described:
        assert reply.body == {}
        return
    if reply.headers["Content-Type"].startswith("text/html"):
        assert "text/html" in described["content"]
        return
    _validator(operation.path, operation.method, str(reply.status)).validate(reply.body)
    if reply.body["meta"]["data_completeness_score"] is not None:
        assert operation.example_completeness is not None, "say in the entry how complete the example's customer is"


@cache
def _validator(path: str, method: str, status: str) -> Any:
    """To make one takes longer than to use it a hundred times."""
    described = _described(DOCUMENT, path, method)[status]
    schema = described["content"]["application/json"]["schema"]
    return jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]})


def responses(document: dict[str, Any], operation: Operation[Any]) -> dict[str, Any]:
    """The responses of an operation by status, shared ones in place of the references to them."""
    return _described(document, operation.path, operation.method)


def _described(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    described = document["paths"][path][method.lower()]["responses"]
    shared = document["components"]["responses"]
    return {
        status: shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for status, each in described.items()
    }
