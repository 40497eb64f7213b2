"""The OpenAPI page tells the truth about what is mounted."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from customers.catalogue import LOOKUP, OPERATIONS
from customers.edge.capabilities import capabilities
from customers.edge.mounted import is_mounted
from customers.edge.openapi import openapi
from customers.wire.facts import fact_schemas

BUILT = [each for each in OPERATIONS if each.door]
DOCUMENT = openapi(BUILT)


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []


def test_the_document_holds_every_built_operation_and_no_other() -> None:
    found = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert found == {(each.method, each.path) for each in BUILT}


def test_every_reference_leads_somewhere() -> None:
    names = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(_references(DOCUMENT)) <= names


def test_every_schema_is_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    for schema in fact_schemas().values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_parameter_and_answer_is_described() -> None:
    lookup = DOCUMENT["paths"]["/customers/lookup"]["get"]
    assert [each["name"] for each in lookup["parameters"]] == ["phone", "provider_customer_id", "include"]
    assert all(each["description"] for each in lookup["parameters"])
    assert DOCUMENT["components"]["schemas"]["Balance"]["properties"]["locked_promo_minor"]["description"]


def test_only_public_operations_need_no_token() -> None:
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            public = operation["operationId"] in ("capabilities", "openapi")
            assert operation["security"] == ([] if public else [{"token": []}])


@pytest.mark.parametrize("mounted", ["beta", "beta,planned,preview,folded"])
def test_what_is_not_built_is_declared_and_not_mounted(mounted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOUNTED", mounted)
    told = {each["name"]: each["mounted"] for each in capabilities({})["operations"]}
    assert set(told) == {each.name for each in OPERATIONS}
    built = {each.name for each in BUILT if each.availability in mounted.split(",")}
    assert {name for name, is_so in told.items() if is_so} == built


def test_an_environment_can_leave_an_availability_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOUNTED", "planned")
    assert not is_mounted(LOOKUP)


def test_the_document_is_plain_json() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
