"""The schemas of the document, each under a name of its own, in forms that generators of clients understand."""

from __future__ import annotations

from typing import Any, get_args

from typing_extensions import is_typeddict

from customers.domain.customers.badge import Badge, Rule
from customers.domain.customers.profile import State
from customers.domain.customers.status import Status
from customers.domain.events.recorded import EventType
from customers.edge.http.openapi.descriptions import describe
from customers.wire.http import envelope
from customers.wire.json_schema import json_schema

Schema = dict[str, Any]

_AT = "#/components/schemas/"
_CHOICES: dict[tuple[str, ...], str] = {
    get_args(Status): "Status",
    get_args(State): "CustomerState",
    get_args(Badge): "Badge",
    get_args(Rule): "BadgeRule",
    get_args(EventType): "EventType",
    get_args(envelope.ErrorCode): "ErrorCode",
}
"""What several operations choose from, so that it is one type for all of them."""
_NULL = {"type": "null"}
_NOTHING = {"type": ["object", "null"], "description": "Always null here.", "maxProperties": 0}
"""In place of a type that is only null, which some generators cannot read."""


class Shapes:
    """Collects the named schemas of one document."""

    def __init__(self) -> None:
        self._named: dict[str, Schema] = {}

    def named(self) -> dict[str, Schema]:
        """All of them, by name."""
        choices = {name: {"title": name, "type": "string", "enum": [*each]} for each, name in _CHOICES.items()}
        return describe(dict(sorted({**self._named, **choices}.items())))

    def of(self, model: Any) -> Schema:
        """The model's schema: a reference, if it has a name. Its named parts are collected."""
        # What is not described is not sent.
        schema = json_schema(model, extra="forbid", ref_template=_AT + "{model}", mode="serialization")
        for name, part in schema.pop("$defs", {}).items():
            self._named[name] = _plain(part)
        schema = _plain(schema)
        name = schema.get("title")
        return self._add(name, schema) if name and is_typeddict(model) else schema

    def error(self) -> Schema:
        """A refusal's envelope."""
        return self.of(envelope.ErrorEnvelope)

    def enveloped(self, model: Any) -> Schema:
        """The envelope of a successful answer."""
        data, error = self.of(model), self.of(envelope.Error)
        name = f"{model.__name__.removesuffix('Data').removesuffix('Answer')}Envelope"
        properties = {
            # No constant: generators make a choice of texts of it, which the answer's `true` is not.
            "ok": {"type": "boolean", "description": "Always true here."},
            "data": data,
            "error": {"anyOf": [error, _NULL], "description": "Always null here."},
            "meta": self.of(envelope.Meta),
        }
        required = [*properties]
        shown = {"title": name, "type": "object", "properties": properties, "required": required}
        return self._add(name, {**shown, "additionalProperties": False})

    def _add(self, name: str, schema: Schema) -> Schema:
        if self._named.setdefault(name, schema) != schema:
            raise ValueError(f"two schemas are named {name}")
        return {"$ref": _AT + name}


def _plain(schema: Schema) -> Schema:
    """Without titles but the type's own, with one name for each choice, and null as generators read it."""
    return {name: _of_field(name, value) for name, value in schema.items()}


def _of_field(name: str, value: Any) -> Any:
    match name, value:
        case (("properties" | "$defs" | "patternProperties"), dict()):
            return {each: _inner(schema) for each, schema in value.items()}
        case (("items" | "additionalProperties"), dict()):
            return _inner(value)
        case (("anyOf" | "oneOf" | "allOf"), list()):
            return [_inner(each) for each in value]
        case _:
            return value


def _inner(schema: Schema) -> Schema:
    plain = {name: value for name, value in _plain(schema).items() if name != "title"}
    if plain.get("type") == "null":
        return _NOTHING if plain == _NULL else plain
    if name := _CHOICES.get(tuple(plain.get("enum", ()))):
        rest = {each: value for each, value in plain.items() if each not in ("enum", "type")}
        return {"$ref": _AT + name, **rest}
    return _nullable(plain)


def _nullable(schema: Schema) -> Schema:
    """`{"type": ["string", "null"]}` for plain types of which the value may be any, null among them."""
    if "anyOf" not in schema:
        return schema
    options = [_NULL if each == _NOTHING else each for each in schema["anyOf"]]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if all(each.keys() == {"type"} and isinstance(each["type"], str) for each in options):
        kinds = [each["type"] for each in options]
        # To JSON Schema an integer is a number.
        return {"type": [kind for kind in kinds if kind != "integer" or "number" not in kinds], **rest}
    given = options[0]
    is_plain = isinstance(given.get("type"), str) and not given.keys() & {"enum", "const"}
    if options[1:] == [_NULL] and is_plain:
        return {**given, "type": [given["type"], "null"], **rest}
    return {"anyOf": options, **rest}
