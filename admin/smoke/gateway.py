"""The gateway as deployed: its stage and limits, its own answers, and which routes ask who calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin.smoke.caller import Failed
from admin.smoke.expected import Expected
from admin.stack.location import Stack

OWN = "x-amazon-apigateway-gateway-responses"
ANY = "x-amazon-apigateway-any-method"


def stages(stack: Stack, expected: Expected) -> None:
    found = stack.client("apigateway").get_stages(restApiId=expected["Api"].id)["item"]
    if (names := sorted(each["stageName"] for each in found)) != ["v1"]:
        raise Failed(f"stages: {', '.join(names)}")


def limits(stack: Stack, expected: Expected) -> None:
    """The requests a second, and at once, that the stage lets through."""
    stage = stack.client("apigateway").get_stage(restApiId=expected["Api"].id, stageName="v1")
    found = {_plain(path): each for path, each in stage.get("methodSettings", {}).items()}
    wrong = []
    for each in expected["Apiv1Stage"].properties["MethodSettings"]:
        path = _plain(f"{each['ResourcePath']}/{each['HttpMethod']}")
        limit = {name: float(each[f"Throttling{name}Limit"]) for name in ("Rate", "Burst")}
        has = {name: float(found.get(path, {}).get(f"throttling{name}Limit", -1)) for name in limit}
        if has != limit:
            wrong.append(f"{path}: {has['Rate']:g} and {has['Burst']:g}, not {limit['Rate']:g} and {limit['Burst']:g}")
    if wrong:
        raise Failed("; ".join(wrong))


def _plain(path: str) -> str:
    """The template and the gateway write `/` as `~1`, with or without one before it. All routes are `*`."""
    return path.replace("~1", "/").lstrip("/")


def responses(stack: Stack, expected: Expected) -> None:
    """Each has the template's status, headers and body: the envelope, whatever the gateway refuses."""
    found = stack.client("apigateway").get_gateway_responses(restApiId=expected["Api"].id, limit=500)["items"]
    own = {each["responseType"]: _refusal(each) for each in found if not each.get("defaultResponse")}
    must: Any = expected["Api"].properties["Body"][OWN]
    if wrong := sorted(name for name, each in must.items() if own.get(name) != _refusal(each)):
        raise Failed(f"AWS's own, or another status, header or body: {', '.join(wrong)}")


def _refusal(about: Mapping[str, Any]) -> Any:
    status = about.get("statusCode")
    return str(status) if status else None, about.get("responseParameters"), about.get("responseTemplates")


def routes(stack: Stack, expected: Expected) -> None:
    """Every route is there, and asks for a token unless it is for everybody."""
    pages = (
        stack.client("apigateway")
        .get_paginator("get_resources")
        .paginate(restApiId=expected["Api"].id, embed=["methods"], PaginationConfig={"PageSize": 500})
    )
    every = [each for page in pages for each in page["items"]]
    found = {
        f"{method} {each['path']}": about.get("authorizationType") == "CUSTOM"
        for each in every
        for method, about in each.get("resourceMethods", {}).items()
    }
    wrong = []
    for route, asks in _routes(expected).items():
        if stack.may_lose_state and route.startswith("ANY "):
            continue  # The emulator has no such routes, and answers 404 by itself.
        if route not in found:
            wrong.append(f"{route} is not there")
        elif found[route] != asks:
            wrong.append(f"{route} asks {'nobody' if asks else 'everybody'} for a token")
    if wrong:
        raise Failed("; ".join(wrong))


def _routes(expected: Expected) -> dict[str, bool]:
    paths: Any = expected["Api"].properties["Body"]["paths"]
    return {
        f"{'ANY' if method == ANY else method.upper()} {path}": any("Jwt" in each for each in about["security"])
        for path, methods in paths.items()
        for method, about in methods.items()
        if "security" in about
    }
