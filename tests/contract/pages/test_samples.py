"""The sample events of `docs/sam-local` are what the functions are sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from customers.catalogue.till.lookup import LOOKUP
from customers.edge.auth.principal import Principal
from customers.edge.http.serve import Answer, Call, serve
from customers.wire.customers.lookup import LookupQuery
from customers.wire.facts.codec import read_fact
from tests.support.http.gateway import BASE, routes
from tests.support.tables import ROOT, template


def _sample(name: str) -> Any:
    return json.loads((ROOT / "docs/sam-local" / name).read_text())


def test_the_lookup_sample_carries_what_the_authorizer_gives() -> None:
    event = _sample("lookup.json")
    given = event["requestContext"]["authorizer"]
    assert Principal.of_context(given).context() == {key: given[key] for key in given if key != "principalId"}
    assert (event["httpMethod"], event["path"]) in {(route.method, route.path) for route in routes()}
    assert event["path"] == BASE + LOOKUP.path


def test_the_lookup_sample_is_a_call_that_is_let_in() -> None:
    calls: list[Call[LookupQuery]] = []

    def handle(call: Call[LookupQuery]) -> Answer:
        calls.append(call)
        return Answer({})

    assert serve(LOOKUP, handle)(_sample("lookup.json"), None)["statusCode"] == 200
    assert calls[0].request.include == {"badge_reason", "preferences"}


def test_every_fact_of_the_batch_sample_can_be_read() -> None:
    types = []
    for message in _sample("facts.json")["Records"]:
        assert int(message["attributes"]["ApproximateReceiveCount"]) == 1
        read_fact(message["body"], datetime.now(UTC))
        types.append(json.loads(message["body"])["detail-type"])
    assert types == ["purchase.completed", "preferences.updated"]


def test_the_authorizer_sample_has_the_fields_that_the_authorizer_reads() -> None:
    event = _sample("authorizer.json")
    assert event["type"] == "REQUEST"
    assert event["headers"]["Authorization"].startswith("Bearer ")
    assert event["requestContext"]["requestId"]
    assert event["methodArn"].startswith("arn:aws:execute-api:")


def test_the_variables_sample_names_every_variable_of_the_template() -> None:
    resources = template()["Resources"].values()
    declared = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    for resource in resources:
        if resource["Type"] == "AWS::Serverless::Function":
            declared |= set(resource["Properties"].get("Environment", {}).get("Variables", {}))
    assert set(_sample("env.json")["Parameters"]) == declared
