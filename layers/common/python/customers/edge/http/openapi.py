"""The OpenAPI 3.1 document, made from the catalogue. Pydantic reads the answers' plain types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import is_typeddict

from customers.catalogue.operation import Operation
from customers.wire.http import envelope
from customers.wire.http.parameters import Parameter

_REFUSALS = {
    400: "A parameter or a field of the body is missing, malformed or not declared here; `error.details` names it.",
    401: "The token is missing, expired, malformed, or not for this API or this operation's callers.",
    403: "The token is valid, but its merchant or branch is not active, or it lacks the permission.",
    404: "Nothing of this enterprise has this id; or the key is one of an answer about somebody who has been erased.",
    409: "The same is being changed by others; send it again, with the same key, after the seconds in `Retry-After`.",
    413: "The body is longer than this API takes.",
    422: "The idempotency key was sent with another request before.",
    429: "Too many requests; try again after the seconds in `Retry-After`.",
    500: "The request failed on our side.",
    503: "A part of the system did not answer; try again after the seconds in `Retry-After`.",
}
_PUBLIC_REFUSALS = (429, 500, 503)
_NO_SUCH_LINK = "The token was used or replaced, has expired, or never was."
_PAGE = {"text/html": {"schema": {"type": "string"}}}
_ASKING_FOR_PATIENCE = (409, 429, 503)
_SCHEMAS = "#/components/schemas/"


def openapi(
    operations: list[Operation[Any]], server: str = ".", is_mounted: Callable[[Operation[Any]], bool] = lambda _: True
) -> dict[str, Any]:
    """The document for these operations. A relative address is right behind any domain, stage and emulator."""
    schemas: dict[str, Any] = {}
    error = _schema(envelope.ErrorEnvelope, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = {"x-mounted": is_mounted(operation), **_operation(operation, error, schemas)}
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Customers & Identification",
            "version": envelope.API_VERSION,
            "description": "Who is standing at the counter, told with one read. A stranger is a 200, not a 404.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(operation: Operation[Any], error: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    answer = _schema(operation.answer, schemas)
    schema = _enveloped(answer, schemas) if operation.enveloped else answer
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "x-availability": operation.availability,
        "security": [{"token": []}] if operation.callers else [],
        "parameters": [_parameter(each) for each in operation.parameters],
        **({"requestBody": _body(operation, _schema(operation.body, schemas))} if operation.body else {}),
        "responses": _shown(
            operation,
            {
                operation.status: _answer(operation, schema),
                **{status: _response(meaning, schema) for status, meaning in operation.also.items()},
                **({304: _unchanged(operation)} if "ETag" in operation.headers else {}),
                **{status: _refusal(status, meaning, error) for status, meaning in _refusals(operation).items()},
            },
        ),
    }


def _shown(operation: Operation[Any], responses: dict[int, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The responses by status; those that are pages say so."""
    for status in operation.pages:
        told = responses[status]["content"] if operation.enveloped else {}
        responses[status]["content"] = {**told, **_PAGE}
    return {str(status): response for status, response in responses.items()}


def _refusals(operation: Operation[Any]) -> dict[int, str]:
    """The statuses in which it can be refused. Who is addressed by a phone and not known is no error."""
    if not operation.callers:
        unknown = {404: _NO_SUCH_LINK} if 404 in operation.pages else {}
        undeclared = {} if operation.lenient else {400: _REFUSALS[400]}
        return undeclared | unknown | {status: _REFUSALS[status] for status in _PUBLIC_REFUSALS}
    only_for = {
        404: "{id}" in operation.path or operation.writes,
        409: operation.writes,
        413: operation.body is not None,
        422: operation.writes,
    }
    return {status: meaning for status, meaning in _REFUSALS.items() if only_for.get(status, True)}


def _refusal(status: int, meaning: str, error: dict[str, Any]) -> dict[str, Any]:
    response = _response(meaning, error)
    if status in _ASKING_FOR_PATIENCE:
        response["headers"]["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
    return response


def _answer(operation: Operation[Any], schema: dict[str, Any]) -> dict[str, Any]:
    response = _response("The answer.", schema)
    response["headers"] |= _headers(operation)
    if operation.example is not None:
        about = envelope.meta("77824599-69f1-4443-b7af-9a342bb5af0f", operation.example_completeness)
        response["content"]["application/json"]["example"] = envelope.success(operation.example, about)
    return response


def _unchanged(operation: Operation[Any]) -> dict[str, Any]:
    """What the caller has still holds: there is no body."""
    return {"description": "What you have under this `ETag` still holds.", "headers": _headers(operation)}


def _headers(operation: Operation[Any]) -> dict[str, Any]:
    return {name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in operation.headers.items()}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.required,
        "schema": dict(parameter.schema),
    }
    return described if parameter.example is None else {**described, "example": parameter.example}


def _body(operation: Operation[Any], schema: dict[str, Any]) -> dict[str, Any]:
    content = (
        {"schema": schema}
        if operation.body_example is None
        else {
            "schema": schema,
            "example": operation.body_example,
        }
    )
    return {"required": not operation.body_optional, "content": {"application/json": content}}


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    request_id = {"description": "As in `meta.request_id`.", "schema": {"type": "string"}}
    return {
        "description": description,
        "headers": {"X-Request-Id": request_id},
        "content": {"application/json": {"schema": schema}},
    }


def _enveloped(data: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "ok": {"const": True},
            "data": data,
            "error": {"type": "null"},
            "meta": _schema(envelope.Meta, schemas),
        },
        "required": ["ok", "data", "error", "meta"],
        "additionalProperties": False,
    }


def _schema(model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """The model's schema, its named parts moved to the components."""
    for part in _typed_dicts(model):
        # Attribute docstrings are the descriptions; what is not described is not sent.
        part.__pydantic_config__ = ConfigDict(use_attribute_docstrings=True, extra="forbid")
    schema = TypeAdapter(model).json_schema(ref_template=_SCHEMAS + "{model}", mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    name = schema.get("title")
    if name is None or not is_typeddict(model):
        return schema
    schemas[name] = schema
    return {"$ref": _SCHEMAS + name}


def _typed_dicts(model: Any) -> Iterator[Any]:
    """`model` and every typed dictionary in it."""
    if is_typeddict(model):
        yield model
        for hint in get_type_hints(model).values():
            yield from _typed_dicts(hint)
    for argument in get_args(model):
        yield from _typed_dicts(argument)
