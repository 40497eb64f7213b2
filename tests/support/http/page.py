"""The OpenAPI page, as what answers are held to."""

from __future__ import annotations

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
    schema = described["content"]["application/json"]["schema"]
    jsonschema_rs.validate({**schema, "components": DOCUMENT["components"]}, reply.body)
    if reply.body["meta"]["data_completeness_score"] is not None:
        assert operation.example_completeness is not None, "say in the entry how complete the example's customer is"


def responses(document: dict[str, Any], operation: Operation[Any]) -> dict[str, Any]:
    """The responses of an operation by status, shared ones in place of the references to them."""
    described = document["paths"][operation.path][operation.method.lower()]["responses"]
    shared = document["components"]["responses"]
    return {
        status: shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for status, each in described.items()
    }
