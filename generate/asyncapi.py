"""Generate `docs/asyncapi.json` and `docs/schemas/`, facts in and events out, from the models of `docs/events.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from customers.domain.events.published import SOURCE
from customers.wire.events.published import published_schemas
from customers.wire.events.published_examples import EXAMPLES as PUBLISHED_EXAMPLES
from customers.wire.facts.codec import fact_schemas
from customers.wire.facts.examples import EXAMPLES as FACT_EXAMPLES
from customers.wire.http.envelope import API_VERSION

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INFO = {
    "title": "Customers & Identification: facts and events",
    "version": API_VERSION,
    "description": (
        "Facts come in and events go out on one bus of Amazon EventBridge (output `FactsBus` of the stack). A message "
        "is the `Detail` of an event; `x-eventbridge` says what its `Source` and `DetailType` are.\n\n"
        "As CloudEvents 1.0: `x-cloudevents` says where each attribute comes from. `docs/events.md` explains the rules."
    ),
    "license": {"name": "Proprietary"},
}
_FACTS_FROM = "partner.*"
"""The `Source` of whoever publishes facts begins so."""


def document() -> str:
    """The AsyncAPI 3 document."""
    facts, events = fact_schemas(), published_schemas()
    return _text(
        {
            "asyncapi": "3.1.0",
            "info": _INFO,
            "defaultContentType": "application/json",
            "channels": {
                "facts": _channel("What other domains tell this system.", _FACTS_FROM, "fact", facts),
                "events": _channel("What this system publishes.", SOURCE, "event", events),
            },
            "operations": {
                "fold_facts": _operation("receive", "facts", "Fold facts into the ledger, each once, in any order."),
                "publish_events": _operation("send", "events", "Publish what has happened, at least once."),
            },
            "components": {
                "messages": {**_messages(facts), **_published(events)},
                "schemas": {**_named("fact", facts), **_named("event", events)},
            },
        }
    )


def schemas() -> dict[str, partial[str]]:
    """A file for each type of fact and event, which holds its JSON Schema."""
    kinds = {"facts": fact_schemas(), "events": published_schemas()}
    return {
        f"docs/schemas/{folder}/{kind}.json": partial(_text, {"$schema": _DIALECT, **schema})
        for folder, every in kinds.items()
        for kind, schema in every.items()
    }


def _messages(facts: dict[str, Schema]) -> dict[str, Any]:
    return {
        f"fact-{kind}": _message("fact", kind, _FACTS_FROM, ("fact_id", "occurred_at"), FACT_EXAMPLES[kind])
        for kind in facts
    }


def _published(events: dict[str, Schema]) -> dict[str, Any]:
    return {
        f"event-{kind}": _message("event", kind, SOURCE, ("event_id", _time_of(schema)), PUBLISHED_EXAMPLES[kind])
        for kind, schema in events.items()
    }


def _named(what: str, kinds: dict[str, Schema]) -> dict[str, Schema]:
    """Schemas by names of their own, as a type can come in and go out. What they define within moves beside them."""
    inner = {name: part for schema in kinds.values() for name, part in schema.get("$defs", {}).items()}
    own = {f"{what}-{kind}": {name: each for name, each in kinds[kind].items() if name != "$defs"} for kind in kinds}
    moved: dict[str, Schema] = json.loads(json.dumps({**inner, **own}).replace("#/$defs/", "#/components/schemas/"))
    return moved


def _channel(meaning: str, source: str, what: str, kinds: dict[str, Schema]) -> dict[str, Any]:
    return {
        "description": meaning,
        "messages": {kind: {"$ref": f"#/components/messages/{what}-{kind}"} for kind in kinds},
        "bindings": {"x-eventbridge": {"bus": "FactsBus", "source": source}},
    }


def _operation(action: str, channel: str, meaning: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": meaning}


def _message(what: str, kind: str, source: str, fields: tuple[str, str], example: Mapping[str, Any]) -> dict[str, Any]:
    identity, time = fields
    return {
        "name": kind,
        "payload": {"$ref": f"#/components/schemas/{what}-{kind}"},
        "examples": [{"payload": example}],
        "bindings": {"x-eventbridge": {"Source": source, "DetailType": kind}},
        "x-cloudevents": {
            "specversion": "1.0",
            "type": kind,
            "source": "EventBridge's Source",
            "id": f"$message.payload#/{identity}",
            "time": f"$message.payload#/{time}",
            "datacontenttype": "application/json",
        },
    }


def _time_of(schema: Schema) -> str:
    """The field that says when it happened: the only one that is an instant of this system's, or the last of them."""
    instants: list[str] = [name for name, field in schema["properties"].items() if field.get("format") == "date-time"]
    return instants[-1]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
