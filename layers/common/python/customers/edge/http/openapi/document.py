"""Builds the OpenAPI 3.1 document from the catalogue. Pydantic reads the answers' plain types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from customers.catalogue.operation import Operation
from customers.edge.http.openapi.operation_item import item_of
from customers.edge.http.openapi.responses import HEADERS, shared_responses
from customers.edge.http.openapi.shapes import Shapes
from customers.edge.http.openapi.tags import TAGS, tag_of
from customers.wire.http import envelope

_INFO = {
    "title": "Customers & Identification",
    "version": envelope.API_VERSION,
    "summary": "Identify the customer at the counter with one read.",
    "description": (
        "Tells a point of sale who stands at the counter: identity, both classes of money, activity and badge. "
        "A stranger is a 200 with status `not_found`, not a 404. Identity never grants the right to move money.\n\n"
        "Every answer has the same envelope: `ok`, `data`, `error`, `meta`. Decide by `error.code`, and quote "
        "`meta.request_id` when you report a problem. Money is in minor units of its currency. Instants are RFC 3339, "
        "in UTC. Undeclared parameters and fields are refused."
    ),
    "contact": {"name": "The team that runs this environment"},
    "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": (
        "A token of a trusted issuer. Its audience is `pos-terminal` for a till or `enterprise-admin` for the office; "
        "its claims give the enterprise. The scopes of an operation are the permissions that the token must have."
    ),
}


def openapi(
    operations: Iterable[Operation[Any]],
    server: str = ".",
    is_mounted: Callable[[Operation[Any]], bool] = lambda _: True,
) -> dict[str, Any]:
    """The document for these operations. A relative server address works with any domain, stage and emulator."""
    shapes = Shapes()
    paths: dict[str, dict[str, Any]] = {}
    used = dict.fromkeys(tag_of(operation) for operation in operations)
    for operation in operations:
        item = {"x-mounted": is_mounted(operation), **item_of(operation, shapes)}
        paths.setdefault(operation.path, {})[operation.method.lower()] = item
    responses = shared_responses(shapes)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": server, "description": "This environment."}],
        "tags": [{"name": name, "description": TAGS[name]} for name in TAGS if name in used],
        "paths": paths,
        "components": {
            "schemas": shapes.named(),
            "responses": responses,
            "headers": HEADERS,
            "securitySchemes": {"token": _TOKEN},
        },
    }
