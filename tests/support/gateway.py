"""API Gateway in the process: routes and handlers as the template has them, the authorizer's context given."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from customers.edge.principal import Principal
from tests.support.tables import template

BASE = "/partner"


@dataclass(frozen=True)
class Route:
    """One method and path of the template, and the function behind it."""

    method: str
    path: str
    handler: str
    function: str
    public: bool


@cache
def routes() -> list[Route]:
    """Every API event of every function."""
    found = []
    for name, resource in template()["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        for event in resource["Properties"].get("Events", {}).values():
            if event["Type"] == "Api":
                api = event["Properties"]
                public = api.get("Auth", {}).get("Authorizer") == "NONE"
                found.append(Route(api["Method"], api["Path"], resource["Properties"]["Handler"], name, public))
    return found


@dataclass(frozen=True)
class Reply:
    """What a caller receives."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.body["data"]
        return data


def call(
    method: str, path: str, query: str | Mapping[str, Sequence[str]] = "", principal: Principal | None = None
) -> Reply:
    """Send a request to the function that the template routes it to. `query` is form-decoded, as the gateway does."""
    (route,) = [each for each in routes() if (each.method, each.path) == (method, BASE + path)]
    values = parse_qs(query, keep_blank_values=True) if isinstance(query, str) else query
    module, _, name = route.handler.rpartition(".")
    event = {
        "httpMethod": method,
        "path": BASE + path,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": None,
        "requestContext": {
            "requestId": "req-1",
            "authorizer": principal.context() if principal else {},
        },
        "body": None,
    }
    answer = getattr(importlib.import_module(module), name)(event, None)
    return Reply(answer["statusCode"], answer["headers"], json.loads(answer["body"]))
