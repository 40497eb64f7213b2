"""What producers read of a fact is what the system reads of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest

from customers.wire.facts.codec import fact_schemas, read_fact
from customers.wire.facts.examples import EXAMPLES
from customers.wire.facts.types import FACTS

SCHEMAS = fact_schemas()
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def _left_out(whole: dict[str, Any], schema: dict[str, Any], value: Any, path: str = "") -> Iterator[str]:
    """The fields of a schema that a value does not have, also of the parts within."""
    for each in [schema, *schema.get("anyOf", [])]:
        part = whole["$defs"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for name, field in part.get("properties", {}).items() if isinstance(value, dict) else ():
            yield from _left_out(whole, field, value[name], f"{path}{name}.") if name in value else [path + name]
        for item in value if isinstance(value, list) else ():
            yield from _left_out(whole, part.get("items", {}), item, path)


def _described(schema: dict[str, Any]) -> dict[str, bool]:
    """Every field of a schema and of its parts, and whether it says what it means."""
    own = {name: bool(field.get("description")) for name, field in schema.get("properties", {}).items()}
    for name, part in schema.get("$defs", {}).items():
        own |= {f"{name}.{inner}": said for inner, said in _described(part).items()}
    return own


@pytest.mark.parametrize("kind", FACTS)
def test_the_example_of_a_type_is_a_fact_of_it(kind: str) -> None:
    (example,) = SCHEMAS[kind]["examples"]
    read_fact(json.dumps({"detail-type": kind, "detail": example}), NOW)
    jsonschema_rs.validate(SCHEMAS[kind], example)


@pytest.mark.parametrize("kind", FACTS)
def test_the_example_of_a_type_has_every_field_of_it(kind: str) -> None:
    (example,) = SCHEMAS[kind]["examples"]
    # A revocation is of a person or of a token, and a customer is named by one of three.
    one_of = {"jti", "customer.customer_id", "customer.provider_customer_id"}
    # Of few facts has another system the sums already.
    assert set(_left_out(SCHEMAS[kind], SCHEMAS[kind], example)) <= {*one_of, "included_in"}


def test_the_examples_are_distinct_facts() -> None:
    assert EXAMPLES.keys() == FACTS.keys()
    assert {kind: schema["examples"] for kind, schema in SCHEMAS.items()} == {
        kind: [example] for kind, example in EXAMPLES.items()
    }
    assert len({example["fact_id"] for example in EXAMPLES.values()}) == len(EXAMPLES)


@pytest.mark.parametrize("kind", FACTS)
def test_every_type_and_every_field_says_what_it_means(kind: str) -> None:
    assert SCHEMAS[kind]["description"]
    assert [name for name, said in _described(SCHEMAS[kind]).items() if not said] == []


def test_no_two_types_say_the_same() -> None:
    assert len({schema["description"] for schema in SCHEMAS.values()}) == len(SCHEMAS)
