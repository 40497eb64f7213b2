"""Builds the OpenAPI 3.1 document from the catalogue. Pydantic reads the answers' plain types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import is_typeddict

from customers.catalogue.operation import Operation
from customers.wire.http import envelope
from customers.wire.http.parameters import Parameter
from customers.wire.json_schema import json_schema

_REFUSALS = {
    400: "A parameter or a field of the body is missing, malformed or not declared here; `error.details` names it.",
    401: "The token is missing, expired, malformed, or not for this API or this operation's callers.",
    403: "The token is valid, but its merchant or branch is not active, or it lacks the permission.",
    404: "The id is unknown in this enterprise, or the idempotency key belongs to a customer who has been erased.",
    409: "Other requests change the same data. Send it again, with the same key, after `Retry-After` seconds.",
    413: "The body is too large.",
    422: "The idempotency key was used for another request.",
    429: "Too many requests. Send it again after `Retry-After` seconds.",
    500: "The request failed on our side.",
    503: "A part of the system did not answer. Send the request again after `Retry-After` seconds.",
}
_PUBLIC_REFUSALS = (429, 500, 503)
_NO_SUCH_LINK = "The token was used or replaced, has expired or never existed."
_PAGE = {"text/html": {"schema": {"type": "string"}}}
_ASKING_FOR_PATIENCE = (409, 429, 503)
_SCHEMAS = "#/components/schemas/"


def openapi(
    operations: list[Operation[Any]], server: str = ".", is_mounted: Callable[[Operation[Any]], bool] = lambda _: True
) -> dict[str, Any]:
    """The document for these operations. A relative server address works with any domain, stage and emulator."""
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
            "description": "Identify the customer at the counter with one read. A stranger is a 200, not a 404.",
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
    """The responses by status; pages are marked as HTML."""
    for status in operation.pages:
        content = responses[status]["content"] if operation.enveloped else {}
        responses[status]["content"] = {**content, **_PAGE}
    return {str(status): response for status, response in responses.items()}


def _refusals(operation: Operation[Any]) -> dict[int, str]:
    """The statuses of possible refusals. An unknown phone is not an error."""
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
    """The 304: the caller's copy is current, so there is no body."""
    return {
        "description": "The answer that you have under this `ETag` is still current.",
        "headers": _headers(operation),
    }


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
    """The model's schema. Its named parts move to the components."""
    # What is not described is not sent.
    schema = json_schema(model, extra="forbid", ref_template=_SCHEMAS + "{model}", mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    name = schema.get("title")
    if name is None or not is_typeddict(model):
        return schema
    schemas[name] = schema
    return {"$ref": _SCHEMAS + name}
