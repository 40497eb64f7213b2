"""The page of an export's files says what is in them."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from customers.wire.export.examples import EXAMPLES, MANIFEST_EXAMPLE
from customers.wire.export.files import FILES
from customers.wire.export.manifest import Manifest
from customers.wire.json_schema import json_schema


@pytest.mark.parametrize("name", FILES)
def test_the_example_of_a_line_has_every_field_of_it(name: str) -> None:
    assert EXAMPLES.keys() == FILES.keys()
    assert EXAMPLES[name].keys() == json_schema(FILES[name])["properties"].keys()
    jsonschema_rs.validate(json_schema(FILES[name]), EXAMPLES[name])


def test_the_example_of_a_manifest_fits_it() -> None:
    jsonschema_rs.validate(json_schema(Manifest), MANIFEST_EXAMPLE)


@pytest.mark.parametrize("shape", [*FILES.values(), Manifest])
def test_every_shape_and_field_says_what_it_means(shape: Any) -> None:
    schema = json_schema(shape)
    assert schema["description"]
    for part in (schema, *schema.get("$defs", {}).values()):
        assert [name for name, field in part["properties"].items() if not field.get("description")] == []
