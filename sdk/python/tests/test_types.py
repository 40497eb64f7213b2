"""The answers' types in both clients have the fields that `/openapi` has."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from customers.catalogue.every import OPERATIONS
from customers.edge.http.openapi.document import openapi
from customers_till import types
from sdk.python.tests.test_helpers import HOME

TYPESCRIPT = (HOME.parent / "typescript/src/types.d.ts").read_text()
NAMES = [
    "Balance",
    "Customer",
    "CustomerContext",
    "EventBody",
    "EventData",
    "LookupData",
    "RecordedEvent",
    "SessionContext",
    "SessionData",
    "UnclaimedCashback",
]
CHOICES = {"Status": "Status", "Badge": "Badge", "EventType": "EventType"}


@cache
def schemas() -> dict[str, Any]:
    found: dict[str, Any] = openapi([each for each in OPERATIONS if each.handler])["components"]["schemas"]
    return found


def typescript_fields(name: str) -> set[str]:
    found = re.search(rf"export interface {name}(?: extends (\w+))? {{\n(.*?)\n}}", TYPESCRIPT, re.S)
    assert found
    own = set(re.findall(r"^  (\w+)\??:", found[2], re.M))
    return own | (typescript_fields(found[1]) if found[1] else set())


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_has_the_documents_fields(name: str) -> None:
    fields = set(schemas()[name]["properties"])
    assert set(getattr(types, name).__annotations__) == fields
    assert typescript_fields(name) == fields


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_has_the_documents_values(name: str) -> None:
    values = set(schemas()[name]["enum"])
    assert set(getattr(types, name).__args__) == values
    found = re.search(rf"export type {name} = (.*);", TYPESCRIPT)
    assert found
    assert set(re.findall(r'"(\w+)"', found[1])) == values
