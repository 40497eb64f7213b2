"""The part of `docs/events.md` about what the bundle publishes itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

from customers.domain.events.published import SOURCE
from customers.wire.events.published import published_schemas
from customers.wire.events.published_examples import EXAMPLES

HEAD = f"""
# What the bundle publishes

Events on the same bus, with `source` `{SOURCE}`. Each is written in the transaction of what it tells of, and published
after it: never without it, and always in the end, usually within two seconds. It may come more than once (`event_id`
tells), and in the order in which one customer's were recorded. Nothing in it is about a person but the customer id.

A rule for all of them: `{{"source": ["{SOURCE}"]}}`. On the local stack `make tail` shows them.
"""


def lines() -> Iterator[str]:
    """The part's text, line by line."""
    yield HEAD
    for kind, schema in published_schemas().items():
        yield from (f"## {kind}", "", str(schema["description"]), "", "```json")
        yield from (json.dumps(EXAMPLES[kind], indent=2), "```", "", "<details><summary>JSON Schema</summary>", "")
        yield from ("```json", json.dumps(schema, indent=2), "```", "", "</details>")
