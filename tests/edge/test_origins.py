"""Which pages of other origins may read an answer: the listed ones, of every answer, and nobody without the list."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest

from customers.catalogue.operation import PUBLIC, Operation
from customers.domain.refusals import NotFound
from customers.edge.http.answer import Answer
from customers.edge.http.serve_public import Visit, serve_public
from front import preflight as function
from tests.support.http.operations import BUILT
from tests.support.template.deployed import Resolver, properties, resources, translated

POS, OTHER = "https://pos.example.com", "https://evil.example.com"
OPERATION: Operation[None] = Operation("tried", "GET", "/tried", "beta", PUBLIC, "Tried.", handler="tests")
GRANT = "Access-Control-Allow-Origin"


def event(origin: str | None, name: str = "origin") -> dict[str, Any]:
    return {
        "requestContext": {"requestId": "r-1"},
        "headers": {name: origin} if origin else None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "httpMethod": "GET",
        "body": None,
    }


def headers(origin: str | None, *, fails: bool = False, name: str = "origin", **more: str) -> dict[str, str]:
    def handle(_visit: Visit) -> Answer:
        if fails:
            raise NotFound("id", "is nobody")
        return Answer({}, headers={"Cache-Control": "no-store", **more})

    found: dict[str, str] = serve_public(OPERATION, handle)(event(origin, name), None)["headers"]
    return found


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANEL_ORIGINS", f"{POS},http://localhost:3000")


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.usefixtures("listed")
def test_a_listed_page_reads_every_answer_and_another_page_none(fails: bool) -> None:
    shared = headers(POS, fails=fails)
    assert (shared[GRANT], shared["Vary"]) == (POS, "Origin")
    assert "X-Request-Id" in shared["Access-Control-Expose-Headers"]
    assert {"Content-Type", "X-Request-Id"} <= shared.keys()
    assert headers(POS, fails=fails, name="Origin")[GRANT] == POS
    for origin in (OTHER, "null", f"{POS}.evil.example", None):
        refused = headers(origin, fails=fails)
        assert GRANT not in refused
        # No cache may give it what another page got.
        assert refused["Vary"] == "Origin"


@pytest.mark.usefixtures("listed")
def test_what_an_answer_varies_by_already_stays() -> None:
    assert headers(POS, Vary="Authorization")["Vary"] == "Authorization, Origin"


def test_without_the_list_nothing_is_said_of_origins() -> None:
    for fails in (False, True):
        assert {"Vary", GRANT}.isdisjoint(headers(POS, fails=fails))


@pytest.mark.usefixtures("listed")
def test_a_browser_that_asks_gets_leave_for_a_listed_page_alone(caplog: pytest.LogCaptureFixture) -> None:
    ask = importlib.reload(function).handler
    leave = ask(event(POS), None)
    assert (leave["statusCode"], leave["body"], leave["headers"][GRANT]) == (204, "", POS)
    assert "Idempotency-Key" in leave["headers"]["Access-Control-Allow-Headers"]
    (line,) = map(vars, caplog.records)
    assert (line["operation"], line["request_id"], line["status"]) == ("preflight", "r-1", 204)
    refused = ask(event(OTHER), None)["headers"]
    assert not [name for name in refused if name.startswith("Access-Control")]


def test_a_browser_may_ask_for_each_operation_of_a_till_and_needs_no_token() -> None:
    (api,) = properties("AWS::ApiGateway::RestApi", PanelOrigins=POS).values()
    asked = {path: route["options"] for path, route in api["Body"]["paths"].items() if "options" in route}
    of_tills = {f"/partner{each.path}" for each in BUILT if "pos-terminal" in each.callers}
    # The path that moved is not among them: a browser follows no redirect of such a question.
    assert {path.replace("{customer}", "{phone}") for path in asked} == of_tills - {"/partner/customers/identify"}
    for path, route in asked.items():
        assert route["security"] == [{"NONE": []}], path
        assert "/functions/PreflightFunction.Arn/" in route["x-amazon-apigateway-integration"]["uri"]
    permissions = properties("AWS::Lambda::Permission", PanelOrigins=POS).values()
    sources = [each["SourceArn"] for each in permissions if each["FunctionName"] == "PreflightFunction"]
    assert {each.partition("/OPTIONS")[2] for each in sources} == {re.sub(r"\{\w+\}", "*", path) for path in asked}


def test_a_refusal_of_the_gateway_can_be_read_too_and_only_with_the_list() -> None:
    def named(**parameters: str) -> dict[str, dict[str, str]]:
        resolve = Resolver(translated(), **parameters)
        body = resolve(translated()["Resources"]["Api"]["Properties"]["Body"])
        refusals = body["x-amazon-apigateway-gateway-responses"].items()
        return {
            refusal: {name: it for name, it in each.get("responseParameters", {}).items() if "Access-Control" in name}
            for refusal, each in refusals
        }

    # The gateway knows no list: it lets any page read that there was a refusal, which says nothing of anybody.
    said = {GRANT: "method.request.header.Origin", "Access-Control-Expose-Headers": "'X-Request-Id, Retry-After'"}
    headers = {f"gatewayresponse.header.{name}": value for name, value in said.items()}
    assert not any(named().values())
    assert named(PanelOrigins=POS) == dict.fromkeys(named(), headers)
    assert "PreflightFunction" not in resources()
    assert "PreflightFunction" in resources(PanelOrigins=POS)
