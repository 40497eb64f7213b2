"""The part of `docs/events.md` about what tills record by `POST /customers/{phone}/events`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from customers.domain.events.recorded import MAX_ATTRIBUTES, MAX_NESTING
from customers.wire.events.schemas import event_schemas

HEAD = f"""
# What a till records

What a customer does that is no purchase, sent as the body of `POST /customers/{{phone}}/events`
([operations](operations.md#post-customersphoneevents)). The attributes below are known of each type; all are optional,
and others are free. Together they are at most {MAX_ATTRIBUTES} bytes of JSON in UTF-8, without white space between, and
{MAX_NESTING} levels of objects and lists, the attributes themselves being the first.
"""


def lines() -> Iterator[str]:
    """The part's text, line by line."""
    yield HEAD
    for kind, schema in event_schemas().items():
        attributes = schema["properties"]["attributes"]["anyOf"][0]
        (example,) = schema["examples"]
        yield from (
            f"## {kind}",
            "",
            str(schema["description"]),
            "",
            "| attribute | type | meaning |",
            "| --- | --- | --- |",
        )
        for name, field in attributes["properties"].items():
            limits = f", {field['minimum']} to {field['maximum']}" if "maximum" in field else ""
            yield f"| `{name}` | {field['type']}{limits} | {field['description']} |"
        yield from ("", "```json", json.dumps(example, ensure_ascii=False, indent=2), "```", "")
        yield from ("<details><summary>JSON Schema</summary>", "", "```json")
        shown = {word: value for word, value in schema.items() if word != "examples"}
        yield from (json.dumps(shown, ensure_ascii=False, indent=2), "```", "", "</details>", "")
