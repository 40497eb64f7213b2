"""What the system says of itself, and whether it holds: every operation is tried with whatever its page allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from customers.catalogue import OPERATIONS
from tests.e2e.conftest import Enterprise

# JSON Schema cannot say "one of these two parameters", nor which numbers a country can have.
UNSAYABLE = [schemathesis.checks.positive_data_acceptance]


def _public(stack: Mapping[str, Any], path: str) -> Any:
    answer = requests.get(stack["api"] + path, timeout=30)
    assert answer.status_code == 200
    return answer.json()


def test_capabilities_need_no_token_and_tell_what_is_mounted(stack: dict[str, Any]) -> None:
    data = _public(stack, "/capabilities")["data"]
    mounted = {each["name"] for each in data["operations"] if each["mounted"]}
    assert mounted == {"lookup", "capabilities", "openapi"}
    assert len(data["operations"]) > len(mounted)
    assert data["event_types"]["purchase.completed"]["properties"]["amount_minor"]["type"] == "integer"


def test_openapi_holds_what_capabilities_say_is_mounted(stack: dict[str, Any]) -> None:
    document = _public(stack, "/openapi")
    told = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    operations = _public(stack, "/capabilities")["data"]["operations"]
    assert told == {(each["method"], each["path"]) for each in operations if each["mounted"]}
    assert document["openapi"].startswith("3.1")


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
@pytest.mark.parametrize("path", [each.path for each in OPERATIONS if each.door and each.method == "GET"])
def test_whatever_is_sent_the_answer_is_one_that_the_page_describes(shop: Enterprise, path: str, mode: Any) -> None:
    """Never a 5xx, never an answer that breaks its schema, for what the page allows and for what it does not."""
    page: Any = schemathesis.openapi.from_dict(_public(shop.stack, "/openapi"))
    token = shop.token()
    operation = page[path]["GET"]

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        case.call_and_validate(base_url=shop.stack["api"], headers=headers, excluded_checks=UNSAYABLE)

    try:
        answers()
    except Unsatisfiable:
        # An operation without parameters cannot be called wrongly.
        assert not operation.query
