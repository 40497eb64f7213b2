"""One operation, as the document describes it."""

from __future__ import annotations

from typing import Any

from customers.catalogue.operation import Operation
from customers.edge.http.openapi.responses import responses_of
from customers.edge.http.openapi.shapes import Shapes
from customers.edge.http.openapi.tags import tag_of
from customers.wire.http.parameters import Parameter


def item_of(operation: Operation[Any], shapes: Shapes) -> dict[str, Any]:
    """Its operation object, without `x-mounted`."""
    return {
        "operationId": operation.name,
        "tags": [tag_of(operation)],
        "summary": operation.summary.partition(". ")[0].removesuffix("."),
        "description": _description(operation),
        **({"deprecated": True, "x-sunset": operation.deprecated.sunset.isoformat()} if operation.deprecated else {}),
        "x-availability": operation.availability,
        "x-audiences": list(operation.callers),
        "security": [{"token": _permissions(operation)}] if operation.callers else [],
        "parameters": [_parameter(each) for each in operation.parameters],
        **({"requestBody": _body(operation, shapes)} if operation.body else {}),
        "responses": responses_of(operation, shapes),
    }


def _permissions(operation: Operation[Any]) -> list[str]:
    return [operation.permission] if operation.permission else []


def _description(operation: Operation[Any]) -> str:
    parts = [operation.summary]
    if operation.deprecated:
        parts.append(f"Deprecated. It answers until {operation.deprecated.sunset}. {operation.deprecated.instead}")
    if not operation.callers:
        parts.append("No token is needed.")
    else:
        audiences = " or ".join(f"`{each}`" for each in operation.callers)
        permission = f" and the permission `{operation.permission}`" if operation.permission else ""
        parts.append(f"It needs a token with the audience {audiences}{permission}.")
    if operation.further_permissions:
        further = ", ".join(f"`{each}`" for each in operation.further_permissions)
        parts.append(f"A part of it needs a permission more: {further}.")
    if operation.writes:
        parts.append("It writes once for each `Idempotency-Key`: a repeated request gets the first one's answer.")
    if operation.logged:
        parts.append("It leaves an entry in the activity log.")
    return "\n\n".join(parts)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.required,
        "schema": dict(parameter.schema),
    }
    return described if parameter.example is None else {**described, "example": parameter.example}


def _body(operation: Operation[Any], shapes: Shapes) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": shapes.of(operation.body)}
    if operation.body_example is not None:
        content["example"] = operation.body_example
    return {"required": not operation.body_optional, "content": {"application/json": content}}
