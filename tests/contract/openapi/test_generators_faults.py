"""Faults of generated clients that no compiler sees: each was found by calling the local stack with one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from customers.catalogue.every import OPERATIONS
from customers.edge.http.openapi.document import openapi


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
