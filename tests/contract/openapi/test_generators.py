"""The OpenAPI page is one that generators of clients understand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from customers.catalogue.operation import Operation
from tests.support.http.document import DOCUMENT
from tests.support.http.operations import BUILT

SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def parts(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """All objects within, and where each of them is."""
    if isinstance(node, dict):
        yield path, node
        for name, value in node.items():
            # An example is a value, not a schema.
            if name not in ("example", "examples", "enum"):
                yield from parts(value, (*path, name))
    if isinstance(node, list):
        for number, value in enumerate(node):
            yield from parts(value, (*path, str(number)))


def item(operation: Operation[Any]) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def test_nothing_is_of_no_type_but_null() -> None:
    """Some generators cannot read such a type, except as one of two options."""
    lone = [path for path, part in parts(DOCUMENT) if part.get("type") == "null" and "anyOf" not in path[-2:]]
    assert lone == []


def schemas() -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """What describes a value, and where it is: a parameter, a body, an answer, a field, an item."""
    for path, part in parts(DOCUMENT):
        above = ("", "", *path)[-2]
        if path[-1:] in [("schema",), ("items",), ("additionalProperties",)] and above != "properties":
            yield path, part
        if above in ("properties", "schemas", "anyOf"):
            yield path, part


def test_every_value_says_of_which_type_it_is() -> None:
    """A generator makes `any` of what does not, or gives up."""
    assert len(list(schemas())) > 500
    assert [path for path, schema in schemas() if not schema.keys() & {"type", "$ref", "anyOf"}] == []


def test_what_may_be_null_is_one_type_or_null() -> None:
    options = [(path, part["anyOf"]) for path, part in parts(DOCUMENT) if "anyOf" in part]
    odd = [path for path, each in options if len(each) > 2 and "additionalProperties" not in path]
    assert odd == []
    plain = [path for path, (first, *_) in options if isinstance(first.get("type"), str) and "enum" not in first]
    assert [path for path in plain if "additionalProperties" not in path] == []


@pytest.mark.parametrize("name", ["Status", "Badge", "BadgeRule", "CustomerState", "ErrorCode", "EventType"])
def test_a_choice_that_operations_share_is_one_type(name: str) -> None:
    choices = SCHEMAS[name]["enum"]
    assert [path for path, part in parts(DOCUMENT) if part.get("enum") == choices] == [("components", "schemas", name)]


def test_only_types_have_titles() -> None:
    """A generator makes a type of whatever has a title."""
    titled = [path for path, part in parts(DOCUMENT["components"]["schemas"]) if isinstance(part.get("title"), str)]
    assert [path for path in titled if len(path) != 1] == []


@pytest.mark.parametrize("operation", BUILT, ids=lambda each: each.name)
def test_an_operation_says_what_it_is_and_who_may_call_it(operation: Operation[Any]) -> None:
    told = item(operation)
    assert told["tags"] == [each["name"] for each in DOCUMENT["tags"] if each["name"] in told["tags"]]
    assert 0 < len(told["summary"]) <= 80
    assert told["description"].startswith(operation.summary)
    assert ("writes once" in told["description"]) == operation.writes
    assert ("activity log" in told["description"].split(operation.summary)[1]) == operation.logged
    for word in (*operation.callers, *filter(None, [operation.permission]), *operation.further_permissions):
        assert f"`{word}`" in told["description"]
    permissions = [operation.permission] if operation.permission else []
    assert told["security"] == ([{"token": permissions}] if operation.callers else [])


@pytest.mark.parametrize("operation", [each for each in BUILT if each.enveloped], ids=lambda each: each.name)
def test_an_answer_is_a_named_type(operation: Operation[Any]) -> None:
    schema = item(operation)["responses"][str(operation.status)]["content"]["application/json"]["schema"]
    envelope = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    assert "$ref" in envelope["properties"]["data"]
    assert envelope["properties"]["meta"] == {"$ref": "#/components/schemas/Meta"}


@pytest.mark.parametrize("name", DOCUMENT["components"]["responses"])
def test_a_refusal_shows_an_example_that_fits_its_schema(name: str) -> None:
    content = DOCUMENT["components"]["responses"][name]["content"]["application/json"]
    jsonschema_rs.validate({**content["schema"], "components": DOCUMENT["components"]}, content["example"])


@pytest.mark.parametrize("operation", BUILT, ids=lambda each: each.name)
def test_an_example_of_a_parameter_fits_its_schema(operation: Operation[Any]) -> None:
    for each in operation.parameters:
        if each.example is not None:
            jsonschema_rs.validate(dict(each.schema), each.example)
