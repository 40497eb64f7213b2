"""The part of `docs/events.md` about the events that this system publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from customers.domain.events.published import SOURCE
from customers.wire.events.published import published_schemas
from customers.wire.events.published_examples import EXAMPLES

HEAD = f"""
# Events that this system publishes

These events are on the same bus, with `source` `{SOURCE}`. Each event is committed in the same transaction as the
change that it reports, and published afterwards, usually within two seconds. So no event is lost, and none reports a
change that did not happen. An event can arrive more than once: `event_id` shows it. The events of one customer arrive
in the order in which they were recorded. The customer id is the only personal reference in an event.

A rule for all of them: `{{"source": ["{SOURCE}"]}}`. On the local stack, `make tail` shows them.
"""


def lines() -> Iterator[str]:
    """The part's text, line by line."""
    yield HEAD
    for kind, schema in published_schemas().items():
        yield from (f"## {kind}", "", str(schema["description"]), "", "```json")
        yield from (json.dumps(EXAMPLES[kind], indent=2), "```", "", "<details><summary>JSON Schema</summary>", "")
        yield from ("```json", json.dumps(schema, indent=2), "```", "", "</details>")
