"""Answers and refusals, as the document describes them."""

from __future__ import annotations

from typing import Any

from customers.catalogue.operation import Operation
from customers.edge.http.openapi.shapes import Schema, Shapes
from customers.wire.http import envelope

REFUSALS = {
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
_EXAMPLES: dict[int, tuple[envelope.ErrorCode, str, tuple[tuple[str, str], ...]]] = {
    400: ("VALIDATION_ERROR", "phone is not a phone number", (("phone", "is not a phone number"),)),
    401: ("INVALID_API_KEY", "the token is missing, expired or malformed", ()),
    403: ("FORBIDDEN", "the token does not allow this", ()),
    404: ("NOT_FOUND", "nothing of this id", ()),
    409: ("IDEMPOTENCY_IN_PROGRESS", "a request with this key is being carried out; send it again", ()),
    413: ("PAYLOAD_TOO_LARGE", "the body is too large", ()),
    422: ("IDEMPOTENCY_KEY_REUSED", "this key was used for another request", ()),
    429: ("RATE_LIMITED", "too many requests; send it again later", ()),
    500: ("INTERNAL_ERROR", "the request failed on our side", ()),
    503: ("UPSTREAM_UNAVAILABLE", "a part of the system did not answer; send the request again", ()),
}
_EXAMPLE_ID = "77824599-69f1-4443-b7af-9a342bb5af0f"
HEADERS: dict[str, Any] = {
    "RequestId": {"description": "As in `meta.request_id`.", "schema": {"type": "string"}, "example": _EXAMPLE_ID},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}, "example": 1},
}
_PUBLIC_REFUSALS = (429, 500, 503)
_NO_SUCH_LINK = "The token was used or replaced, has expired or never existed."
_PAGE = {"text/html": {"schema": {"type": "string"}}}
_ASKING_FOR_PATIENCE = (409, 429, 503)
_REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
_RETRY_AFTER = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}


def shared_responses(shapes: Shapes) -> dict[str, Any]:
    """The refusals that many operations share, by the names that `responses_of` refers to."""
    return {_name(status): _refusal(status, meaning, shapes) for status, meaning in REFUSALS.items()}


def responses_of(operation: Operation[Any], shapes: Shapes) -> dict[str, Any]:
    """By status. Pages are marked as HTML."""
    schema = shapes.enveloped(operation.answer) if operation.enveloped else shapes.of(operation.answer)
    responses: dict[int, Any] = {
        operation.status: _answer(operation, schema),
        **{status: _response(meaning, schema) for status, meaning in operation.also.items()},
        **({304: _unchanged(operation)} if "ETag" in operation.headers else {}),
    }
    for status, meaning in _refusals(operation).items():
        is_shared = meaning == REFUSALS[status] and status not in operation.pages
        shared = {"$ref": f"#/components/responses/{_name(status)}"}
        responses[status] = shared if is_shared else _refusal(status, meaning, shapes)
    for status in operation.pages:
        content = responses[status]["content"] if operation.enveloped else {}
        responses[status]["content"] = {**content, **_PAGE}
    return {str(status): response for status, response in responses.items()}


def _refusals(operation: Operation[Any]) -> dict[int, str]:
    """The statuses of possible refusals. An unknown phone is not an error."""
    if not operation.callers:
        unknown = {404: _NO_SUCH_LINK} if 404 in operation.pages else {}
        undeclared = {} if operation.lenient else {400: REFUSALS[400]}
        return undeclared | unknown | {status: REFUSALS[status] for status in _PUBLIC_REFUSALS}
    only_for = {
        404: "{id}" in operation.path or operation.writes,
        409: operation.writes,
        413: operation.body is not None,
        422: operation.writes,
    }
    return {status: meaning for status, meaning in REFUSALS.items() if only_for.get(status, True)}


def _name(status: int) -> str:
    """`TooManyRequests` and the like: the code's words, joined."""
    return "".join(word.capitalize() for word in _EXAMPLES[status][0].split("_"))


def _refusal(status: int, meaning: str, shapes: Shapes) -> dict[str, Any]:
    response = _response(meaning, shapes.error())
    if status in _ASKING_FOR_PATIENCE:
        response["headers"] |= _RETRY_AFTER
    code, message, details = _EXAMPLES[status]
    error: envelope.Error = {
        "code": code,
        "message": message,
        "details": [{"field": field, "issue": issue} for field, issue in details],
    }
    response["content"]["application/json"]["example"] = envelope.failure(error, envelope.meta(_EXAMPLE_ID))
    return response


def _answer(operation: Operation[Any], schema: Schema) -> dict[str, Any]:
    response = _response("The answer.", schema)
    response["headers"] |= _headers(operation)
    if operation.example is not None:
        about = envelope.meta(_EXAMPLE_ID, operation.example_completeness)
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


def _response(description: str, schema: Schema) -> dict[str, Any]:
    return {
        "description": description,
        "headers": dict(_REQUEST_ID),
        "content": {"application/json": {"schema": schema}},
    }
