"""Refuses undeclared parameters and bodies: a misspelt `dry_run` must never erase a customer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from customers.catalogue.operation import Operation
from customers.domain.refusals import ValidationError
from customers.wire.http.nearest import nearest, shown_name
from customers.wire.http.request import Request

_READ = 64 * 1024
"""The longest body, in bytes, in which we look for a misplaced parameter."""


def require_declared(operation: Operation[Any], request: Request) -> None:
    """Raises `ValidationError` for a query parameter or a body that the operation does not declare."""
    if operation.lenient:
        return
    parameters = [each.name for each in operation.parameters if each.where == "query"]
    for name in request.query or ():
        if name not in parameters:
            raise ValidationError(shown_name(name, "query"), _about_parameter(operation, name, parameters))
    if operation.body is None and request.has_body:
        raise ValidationError("body", _about_body(request.body or b"", parameters))


def _about_parameter(operation: Operation[Any], name: str, parameters: Sequence[str]) -> str:
    fields = list(operation.body.__annotations__) if operation.body else []
    meant = nearest(name, [*parameters, *fields])
    if meant is None:
        return f"is not a parameter of this operation, which takes {_listed(parameters)}"
    where = "" if meant in parameters else ", a field of the body"
    return f"is not a parameter of this operation; did you mean {meant}{where}?"


def _about_body(body: bytes, parameters: Sequence[str]) -> str:
    for name in _names(body):
        if meant := nearest(name, parameters):
            return f"is not taken by this operation; did you mean {meant}, a parameter of the query?"
    return f"is not taken by this operation, which takes {_listed(parameters)}"


def _listed(parameters: Sequence[str]) -> str:
    return f"{', '.join(parameters)} in the query" if parameters else "no parameters in the query"


def _names(body: bytes) -> list[str]:
    """The names of the body's fields, if it is a JSON object."""
    try:
        fields = json.loads(body) if len(body) <= _READ else None
    except (ValueError, RecursionError):
        return []
    return list(fields)[:20] if isinstance(fields, dict) else []
