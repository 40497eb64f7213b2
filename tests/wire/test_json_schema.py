"""What reading a shape's schema leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from typing_extensions import TypedDict

from customers.wire.json_schema import json_schema


class Inner(TypedDict):
    """A part."""

    name: str
    """How it is called."""


class Outer(TypedDict):
    """A whole."""

    parts: list[Inner]
    """Those it is made of."""


def test_the_docstrings_of_a_shape_and_of_its_parts_are_the_descriptions() -> None:
    schema = json_schema(Outer, extra="forbid")
    assert schema["properties"]["parts"]["description"] == "Those it is made of."
    part = schema["$defs"]["Inner"]
    assert (part["properties"]["name"]["description"], part["additionalProperties"]) == ("How it is called.", False)


@pytest.mark.parametrize("shape", [Outer, Inner])
def test_a_shape_is_left_as_it_was(shape: Any) -> None:
    json_schema(Outer, extra="forbid")
    assert not hasattr(shape, "__pydantic_config__")
