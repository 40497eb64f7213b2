"""What the system says of itself, and whether it holds: every operation is tried with whatever its page allows."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import TERMINAL, Operation
from tests.e2e.conftest import Enterprise, Log

LAYLA = "+97433001122"
BUILT = [each for each in OPERATIONS if each.handler]
# JSON Schema cannot say "one of these two parameters", nor which numbers a country can have.
UNSAYABLE = [schemathesis.checks.positive_data_acceptance]
# Asked once for each operation below: with each token that is refused the emulator starts an authorizer anew.
LEFT_OUT = [*UNSAYABLE, schemathesis.checks.ignored_auth]


def _public(stack: Mapping[str, Any], path: str) -> Any:
    answer = requests.get(stack["api"] + path, timeout=120)
    assert answer.status_code == 200
    return answer.json()


def test_capabilities_need_no_token_and_tell_what_is_mounted(stack: dict[str, Any]) -> None:
    data = _public(stack, "/capabilities")["data"]
    mounted = {each["name"] for each in data["operations"] if each["mounted"]}
    assert mounted == {each.name for each in BUILT}
    assert len(data["operations"]) == len(OPERATIONS)
    assert data["event_types"]["purchase.completed"]["properties"]["amount_minor"]["type"] == "integer"
    assert data["published_types"]["customer.merged"]["properties"]["absorbed_customer_id"]["type"] == "string"


def test_openapi_holds_what_capabilities_say_is_mounted(stack: dict[str, Any]) -> None:
    document = _public(stack, "/openapi")
    told = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    operations = _public(stack, "/capabilities")["data"]["operations"]
    assert told == {(each["method"], each["path"]) for each in operations if each["mounted"]}
    assert document["openapi"].startswith("3.1")


@pytest.fixture(scope="module")
def people(stack: dict[str, Any], aws: Any) -> tuple[Enterprise, dict[str, str]]:
    """An enterprise with one customer, and what the paths call them."""
    shop = Enterprise(stack).open()
    shop.publish("customer.registered", LAYLA, name="Layla Hassan")
    shop.publish("promo.granted", LAYLA, grant_id="g", amount_minor=2500, currency="QAR")
    shop.wait_until_applied()
    key = {"pk": {"S": f"{shop.id}#{LAYLA}"}}
    row = aws("dynamodb").get_item(TableName=stack["tables"]["customers"], Key=key, ConsistentRead=True)["Item"]
    return shop, {"phone": LAYLA, "id": row["customer_id"]["S"]}


def _token(shop: Enterprise, operation: Operation[Any]) -> str:
    """Of somebody who may call the operation."""
    if operation.callers == () or TERMINAL[0] in operation.callers:
        return shop.token()
    return shop.admin(*([operation.permission] if operation.permission else []))


SIGNED_IN = pytest.mark.parametrize("operation", [each for each in BUILT if each.callers], ids=lambda each: each.name)
KEY = {"Idempotency-Key": "k"}


@SIGNED_IN
def test_who_may_not_is_told_why(shop: Enterprise, operation: Operation[Any]) -> None:
    path = re.sub(r"\{\w+\}", "%2B97433001122", operation.path)
    nobody = requests.request(operation.method, shop.stack["api"] + path, timeout=120, allow_redirects=False)
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (401, "INVALID_API_KEY")
    if len(operation.callers) == 1:
        till = TERMINAL[0] in operation.callers
        other = shop.send(operation.method, path, shop.admin() if till else shop.token(), KEY)
        assert (other.status_code, other.json()["error"]["code"]) == (401, "INVALID_API_KEY")
    if operation.permission:
        unpermitted = shop.send(operation.method, path, shop.admin("customer:NOTHING"), KEY)
        assert (unpermitted.status_code, unpermitted.json()["error"]["code"]) == (403, "FORBIDDEN")
        assert operation.permission in unpermitted.json()["error"]["message"]


ABOUT_A_CUSTOMER = [
    each
    for each in BUILT
    if {"phone", "id"} & {parameter.name for parameter in each.parameters} and each.path.startswith("/customers/")
]


@pytest.mark.parametrize("operation", ABOUT_A_CUSTOMER, ids=lambda each: each.name)
def test_another_enterprises_customer_is_as_unknown_as_nobody(
    people: tuple[Enterprise, dict[str, str]], shop: Enterprise, operation: Operation[Any]
) -> None:
    def told(where: Enterprise, phone: str, who: str) -> tuple[int, Any]:
        path = operation.path.replace("{phone}", phone).replace("{id}", who)
        query = (
            f"?phone={phone}"
            if ("phone", "query") in [(each.name, each.where) for each in operation.parameters]
            else ""
        )
        body = {"json": operation.body_example} if operation.body else {}
        answer = where.send(operation.method, path + query, _token(where, operation), KEY, **body)
        said = answer.json()
        del said["meta"]["request_id"]
        for each in ("fetched_at", "branch_id"):
            (said["data"] or {}).pop(each, None)
        return answer.status_code, said

    home, named = people
    elsewhere = told(shop, named["phone"].replace("+", "%2B"), named["id"])
    assert elsewhere == told(home, "%2B97466999999", "usr_" + "0" * 32)
    assert elsewhere[0] == 404 or elsewhere[1]["data"]["status"] == "not_found"


@SIGNED_IN
def test_names_and_numbers_in_the_wrong_places_are_in_no_log(
    shop: Enterprise, operation: Operation[Any], log: Log
) -> None:
    """In the path, in the query, and as a field's name. At the end `log` looks at the lines of all functions."""
    path = re.sub(r"\{\w+\}", "Layla%2033001122", operation.path)
    body = {"json": {"phone": LAYLA, "Layla Hassan": 1}} if operation.body else {}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answer = shop.send(operation.method, f"{path}?limit=33001122&cursor=Layla", _token(shop, operation), key, **body)
    assert answer.status_code < 500


@pytest.mark.property
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
@pytest.mark.parametrize("operation", BUILT, ids=lambda each: each.name)
def test_whatever_is_sent_the_answer_is_one_that_the_page_describes(
    shop: Enterprise, operation: Operation[Any], mode: Any
) -> None:
    """Never a 5xx, never an answer that breaks its schema, for what the page allows and for what it does not."""
    _try(shop, operation, mode, {})


READS = [each for each in BUILT if each.method == "GET" and each.path.startswith("/customers/{")]
IN_SESSION = [each for each in BUILT if each.path.startswith("/checkout/sessions/{")]


@pytest.mark.property
@pytest.mark.parametrize("operation", READS, ids=lambda each: each.name)
def test_whatever_is_asked_about_a_customer_is_answered_as_the_page_describes(
    people: tuple[Enterprise, dict[str, str]], operation: Operation[Any]
) -> None:
    shop, named = people
    assert 200 in _try(shop, operation, schemathesis.GenerationMode.POSITIVE, named)


@pytest.mark.property
@pytest.mark.parametrize("operation", IN_SESSION, ids=lambda each: each.name)
def test_whatever_is_asked_of_an_open_session_is_answered_as_the_page_describes(
    people: tuple[Enterprise, dict[str, str]], operation: Operation[Any]
) -> None:
    shop, _ = people
    opened = shop.send("POST", "/checkout/sessions", headers={"Idempotency-Key": "k"}).json()["data"]
    named = {"id": opened["session_id"]}
    path = f"/checkout/sessions/{named['id']}/identify"
    assert shop.send("POST", path, headers={"Idempotency-Key": "k"}, json={"phone": LAYLA}).status_code == 200
    assert _try(shop, operation, schemathesis.GenerationMode.POSITIVE, named) & {200, 400}


MANY = settings().max_examples // 12
"""Of each kind for each operation. HYPOTHESIS_PROFILE=thorough tries hundreds."""
TRIES = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
"""The token is ours."""


def _try(shop: Enterprise, declared: Operation[Any], mode: Any, named: Mapping[str, str]) -> set[int]:
    """The statuses that came of some requests. `named` are values of the path's variables, for all of them."""
    page: Any = schemathesis.openapi.from_dict(_public(shop.stack, "/openapi"), config=TRIES)
    token = _token(shop, declared)
    # A redirect reads no body: it leads on to an operation that does.
    left_out = (
        [*LEFT_OUT, schemathesis.checks.negative_data_rejection] if declared.availability == "folded" else LEFT_OUT
    )
    operation = page[declared.path][declared.method]
    statuses: set[int] = set()

    @settings(
        max_examples=MANY, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(operation.as_strategy(generation_mode=mode))
    def answers(case: Any) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        case.path_parameters |= {name: value for name, value in named.items() if name in case.path_parameters}
        answer = case.call_and_validate(
            base_url=shop.stack["api"], headers=headers, excluded_checks=left_out, timeout=120
        )
        statuses.add(answer.status_code)

    try:
        answers()
    except Unsatisfiable:
        # An operation that takes nothing, or any text in its path, cannot be called wrongly.
        assert declared.body is None
        assert all((each.where, each.schema) == ("path", {"type": "string"}) for each in declared.parameters)
    return statuses
