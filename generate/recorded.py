"""The part of `docs/events.md` about the events of `POST /customers/{phone}/events`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from customers.domain.events.recorded import MAX_ATTRIBUTES, MAX_NESTING
from customers.wire.events.schemas import event_schemas

HEAD = f"""
# Events that a till records

Non-purchase events, each the body of `POST /customers/{{phone}}/events`
([operations](operations.md#post-customersphoneevents)). The tables list the known attributes of each type. All are
optional, and you may add others. All attributes together have at most {MAX_ATTRIBUTES} bytes of compact JSON in UTF-8
and {MAX_NESTING} levels of objects and lists, counting the attributes themselves as the first.
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
