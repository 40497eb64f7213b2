"""JSON Schema of the events that tills record, for `/capabilities` and `docs/events.md`."""

from __future__ import annotations

from typing import Any, Literal, cast

from pydantic import ConfigDict, TypeAdapter

from customers.wire.events.record_event import EventBody
from customers.wire.events.types import ATTRIBUTES, EXAMPLES

Schema = dict[str, Any]


def event_schemas() -> dict[str, Schema]:
    """The JSON Schema of the body that records an event, by the event's type."""
    body = _schema(EventBody, "forbid")
    about = {name: field["description"] for name, field in body["properties"].items()}
    schemas: dict[str, Schema] = {}
    for kind, model in ATTRIBUTES.items():
        attributes = _schema(model, "allow")
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


def _schema(shape: type[Any], extra: Literal["forbid", "allow"]) -> Schema:
    marked = cast("Any", shape)
    marked.__pydantic_config__ = ConfigDict(use_attribute_docstrings=True, extra=extra)
    return TypeAdapter(marked).json_schema()
