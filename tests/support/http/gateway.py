"""API Gateway in the process: routes and handlers as the template has them, the authorizer's context given."""

from __future__ import annotations

import importlib
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from customers.edge.auth.principal import Principal
from tests.support.held import tenancy
from tests.support.http.means import means_to_pay
from tests.support.tables import template

BASE = "/partner"
_NUMBERS = itertools.count(1)
REQUEST_ID = "req-1"
"""In every reply, so that two can be compared. Each request has an id of its own."""
tenancy.install()


@dataclass(frozen=True)
class Route:
    """One method and path of the template, and the function behind it."""

    method: str
    path: str
    handler: str
    function: str
    public: bool
    has_tenant_role: bool


@cache
def routes() -> list[Route]:
    """Every API event of every function."""
    found = []
    for name, resource in template()["Resources"].items():
        # A function that only a parameter makes is tested by itself.
        if resource["Type"] != "AWS::Serverless::Function" or "Condition" in resource:
            continue
        for event in resource["Properties"].get("Events", {}).values():
            if event["Type"] == "Api":
                api = event["Properties"]
                public = api.get("Auth", {}).get("Authorizer") == "NONE"
                variables = resource["Properties"].get("Environment", {}).get("Variables", {})
                handler, has_tenant_role = resource["Properties"]["Handler"], "TENANT_ROLE" in variables
                found.append(Route(api["Method"], api["Path"], handler, name, public, has_tenant_role))
    return found


@dataclass(frozen=True)
class Reply:
    """What a caller receives."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]
    """The envelope; empty where the answer has none."""
    text: str = ""
    request_id: str = ""
    """What the gateway called the request."""

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.body["data"]
        return data


def call(
    method: str,
    path: str,
    query: str | Mapping[str, Sequence[str]] = "",
    principal: Principal | None = None,
    *,
    headers: Mapping[str, str | Sequence[str]] | None = None,
    body: object = None,
) -> Reply:
    """Send a request to the function that the template routes it to. `query` is form-decoded, as the gateway does.

    A header may have several values. A `body` that is not text is sent as its JSON.
    """
    route, variables = _routed(method, BASE + path)
    values = parse_qs(query, keep_blank_values=True) if isinstance(query, str) else query
    # A public route has no authorizer, so its function never learns of a token.
    caller = None if route.public else principal
    module, _, name = route.handler.rpartition(".")
    request_id = f"request-{next(_NUMBERS):06}"
    event = {
        "httpMethod": method,
        "path": BASE + path,
        "multiValueQueryStringParameters": values or None,
        "multiValueHeaders": {
            name: [value] if isinstance(value, str) else list(value) for name, value in (headers or {}).items()
        },
        "pathParameters": variables or None,
        "requestContext": {
            "requestId": request_id,
            "authorizer": caller.context() if caller else {},
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }
    with tenancy.answering(caller.enterprise if caller else None, has_tenant_role=route.has_tenant_role) as seen:
        answer = getattr(importlib.import_module(module), name)(event, None)
    # A handler turns whatever is raised in it into a 500, so it is said here.
    if seen.outside:
        raise AssertionError("; ".join(seen.outside))
    assert answer["headers"]["X-Request-Id"] == request_id
    said = {**answer["headers"], "X-Request-Id": REQUEST_ID}
    text: str = answer["body"].replace(request_id, REQUEST_ID)
    is_json = said["Content-Type"] == "application/json"
    envelope: dict[str, Any] = json.loads(text or "{}") if is_json else {}
    # The page that describes the API names its tokens; it is no answer about anybody.
    assert "openapi" in envelope or means_to_pay(envelope) == []
    return Reply(answer["statusCode"], said, envelope, text, request_id)


def _routed(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of the template that fits, and the variables' values. One without variables comes first, and the one
    that takes everything last.
    """
    fitting = []
    for route in routes():
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path.replace("{proxy+}", ".+"))
        if route.method in (method, "ANY") and (found := re.fullmatch(pattern, path)):
            fitting.append((route, {name: unquote(value) for name, value in found.groupdict().items()}))
    return min(fitting, key=lambda each: (each[0].method == "ANY", len(each[1])))
