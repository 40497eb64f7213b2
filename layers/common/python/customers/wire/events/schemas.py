"""JSON Schema of the events that tills record, for `/capabilities` and `docs/events.md`."""

from __future__ import annotations

from customers.wire.events.record_event import EventBody
from customers.wire.events.types import ATTRIBUTES, EXAMPLES
from customers.wire.json_schema import Schema, json_schema


def event_schemas() -> dict[str, Schema]:
    """The JSON Schema of the body that records an event, by the event's type."""
    body = json_schema(EventBody, extra="forbid")
    about = {name: field["description"] for name, field in body["properties"].items()}
    schemas: dict[str, Schema] = {}
    for kind, model in ATTRIBUTES.items():
        attributes = json_schema(model, extra="allow")
        schemas[kind] = {
            **body,
            "title": attributes.pop("title"),
            "description": attributes["description"],
            "properties": {
                **body["properties"],
                "event_type": {"const": kind, "description": about["event_type"]},
                "attributes": {"anyOf": [{**attributes, "description": about["attributes"]}, {"type": "null"}]},
            },
            "examples": [{"event_type": kind, "attributes": EXAMPLES[kind], "occurred_at": "2026-06-05T09:08:30Z"}],
        }
    return schemas
