"""The OpenAPI page tells the truth about what is mounted."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Operation
from customers.catalogue.till.lookup import LOOKUP
from customers.edge.http.capabilities import capabilities
from customers.edge.http.mounted import is_mounted
from customers.edge.http.openapi import descriptions
from customers.wire.facts.codec import fact_schemas
from tests.support.http.document import DOCUMENT
from tests.support.http.gateway import call
from tests.support.http.operations import BUILT
from tests.support.http.page import responses as responses_of
from tests.support.tables import ROOT, template


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []


def item(operation: Operation[Any]) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def test_the_document_holds_every_built_operation_and_no_other() -> None:
    found = {(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item}
    assert found == {(each.method, each.path) for each in BUILT}


def test_every_reference_leads_somewhere() -> None:
    names = {f"#/components/{kind}/{name}" for kind, named in DOCUMENT["components"].items() for name in named}
    assert set(_references(DOCUMENT)) <= names


def test_every_schema_is_json_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    for schema in fact_schemas().values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_parameter_and_answer_is_described() -> None:
    lookup = DOCUMENT["paths"]["/customers/lookup"]["get"]
    assert [each["name"] for each in lookup["parameters"]] == ["phone", "provider_customer_id", "include"]
    assert all(each["description"] for each in lookup["parameters"])
    assert DOCUMENT["components"]["schemas"]["Balance"]["properties"]["locked_promo_minor"]["description"]


ANSWERS = {
    each.name: DOCUMENT["paths"][each.path][each.method.lower()]["responses"][str(each.status)]
    for each in BUILT
    if each.enveloped
}


@pytest.mark.parametrize("operation", [each for each in BUILT if each.callers], ids=lambda each: each.name)
def test_every_operation_that_needs_a_token_shows_an_example_that_fits_its_schema(operation: Operation[Any]) -> None:
    answer = ANSWERS[operation.name]["content"]["application/json"]
    assert answer["example"]["data"] == operation.example
    jsonschema_rs.validate(
        {**answer["schema"], "components": DOCUMENT["components"]}, json.loads(json.dumps(answer["example"]))
    )


# What is null or empty in an example because its customer cannot have it. In all others nothing is.
BARE = {
    "lookup": ["unclaimed_cashback"],
    "summary_cached": ["unclaimed_cashback"],
    "identify": ["unclaimed_cashback"],
    "identify_session": ["unclaimed_cashback"],
    "read_session": ["context.unclaimed_cashback"],
    "open_session": ["identified_at", "context"],
    "context": ["customer.badge_reason.gaps", "customer.absorbed"],
    "stats": ["branch_id"],
    "merge": ["blockers"],
    "unmerge": ["blockers"],
    "erasure": ["erasure.blockers"],
}


@pytest.mark.parametrize("name", [each.name for each in BUILT if each.callers])
def test_an_example_is_bare_only_of_what_its_customer_cannot_have(name: str) -> None:
    def below(path: str, value: Any) -> list[str]:
        if isinstance(value, dict) and value:
            return [found for field, part in value.items() for found in below(f"{path}.{field}", part)]
        return [path.removeprefix(".")] if value in (None, {}, []) else []

    assert below("", ANSWERS[name]["content"]["application/json"]["example"]["data"]) == BARE.get(name, [])


def test_the_figures_of_an_example_agree() -> None:
    def shown(name: str) -> Any:
        return ANSWERS[name]["content"]["application/json"]["example"]["data"]

    stats, context = shown("stats"), shown("context")
    period = stats["period"]
    for name in ("visits", "spend_minor", "refunds", "refunded_minor", "new_customers"):
        assert sum(day[name] for day in stats["days"]) == period[name]
    assert period["average_basket_minor"] == period["spend_minor"] // period["visits"]
    assert sum(stats["badges"].values()) == stats["customers"]["registered"] + stats["customers"]["pending_proof"]
    customer = context["customer"]
    visits = customer["badge_reason"]["measures"]["visit_count_last_90d"]
    assert sum(day["visits"] for day in customer["visits_by_day"]) == visits


def test_what_can_be_revalidated_says_so() -> None:
    for each in BUILT:
        responses = DOCUMENT["paths"][each.path][each.method.lower()]["responses"]
        assert ("304" in responses) == (each.name == "summary_cached")
    assert set(ANSWERS["summary_cached"]["headers"]) == {"X-Request-Id", "ETag", "Age", "Cache-Control", "Vary"}
    assert set(ANSWERS["folded_identify"]["headers"]) == {"X-Request-Id", "Location"}


def test_what_writes_asks_for_a_key_and_says_what_comes_of_it() -> None:
    for each in BUILT:
        told = DOCUMENT["paths"][each.path][each.method.lower()]
        keys = [parameter for parameter in told["parameters"] if parameter["name"] == "Idempotency-Key"]
        assert [(key["in"], key["required"]) for key in keys] == [("header", True)] * each.writes
        assert ({"409", "422"} <= set(told["responses"])) == each.writes
    record_event = DOCUMENT["paths"]["/customers/{phone}/events"]["post"]
    assert set(record_event["responses"]) == {
        *("200", "201", "400", "401", "403", "404", "409", "413", "422", "429", "500", "503")
    }


def test_who_is_asked_to_come_again_is_told_when() -> None:
    for each in BUILT:
        responses = responses_of(DOCUMENT, each)
        asking = {status for status, response in responses.items() if "Retry-After" in response.get("headers", {})}
        assert asking == {"409", "429", "503"} & set(responses)


@pytest.mark.parametrize("operation", [each for each in BUILT if each.body_example], ids=lambda each: each.name)
def test_an_example_of_a_body_fits_its_schema(operation: Operation[Any]) -> None:
    told = DOCUMENT["paths"][operation.path][operation.method.lower()]["requestBody"]["content"]["application/json"]
    assert told["example"] == operation.body_example
    jsonschema_rs.validate({**told["schema"], "components": DOCUMENT["components"]}, told["example"])


# What an example leaves out because one request has no use for it.
LEFT_OUT = {
    "search": {"badge", "cursor", "name", "phone_last4", "phone_prefix"},
    "correct": {"name"},
    "merge": {"validate_only"},
    "unmerge": {"validate_only"},
}


def lacking(schema: dict[str, Any], value: Any, path: str = "") -> Iterator[str]:
    """The properties of a type that a value does not have, also of the parts within."""
    for each in map(named, [schema, *schema.get("anyOf", [])]):
        for name, part in each.get("properties", {}).items() if isinstance(value, dict) else ():
            yield from lacking(part, value[name], f"{path}{name}.") if name in value else [path + name]
        for item in value if isinstance(value, list) and "items" in each else ():
            yield from lacking(each["items"], item, path)


def named(schema: dict[str, Any]) -> dict[str, Any]:
    """The type that a schema refers to, or the schema itself."""
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


@pytest.mark.parametrize("operation", [each for each in BUILT if each.body_example], ids=lambda each: each.name)
def test_an_example_of_a_body_leaves_nothing_out_that_it_could_say(operation: Operation[Any]) -> None:
    told = DOCUMENT["paths"][operation.path][operation.method.lower()]["requestBody"]["content"]["application/json"]
    assert set(lacking(told["schema"], told["example"])) == LEFT_OUT.get(operation.name, set())


@pytest.mark.parametrize("path", [each for each in DOCUMENT["paths"] if "{id}" in each])
def test_an_id_in_a_path_has_a_pattern_that_a_misspelt_one_does_not_fit(path: str) -> None:
    for told in (operation["parameters"][0] for operation in DOCUMENT["paths"][path].values()):
        assert re.fullmatch(told["schema"]["pattern"], told["example"])
        assert not re.fullmatch(told["schema"]["pattern"], told["example"] + "-")


@pytest.mark.parametrize("name", DOCUMENT["components"]["headers"])
def test_a_shared_header_shows_an_example_that_fits_its_schema(name: str) -> None:
    header = DOCUMENT["components"]["headers"][name]
    jsonschema_rs.validate(header["schema"], header["example"])


def test_only_an_id_or_a_token_or_a_key_can_be_unknown() -> None:
    unknown = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if "404" in operation["responses"]
    }
    assert unknown == {each.name for each in BUILT if "{id}" in each.path or each.writes or each.name == "verify"}


def test_only_public_operations_need_no_token() -> None:
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            public = operation["operationId"] in ("capabilities", "openapi", "show_verification", "verify")
            assert [each.keys() for each in operation["security"]] == ([] if public else [{"token"}])


@pytest.mark.parametrize("mounted", ["beta", "beta,planned,preview,folded"])
def test_what_is_not_built_is_declared_and_not_mounted(mounted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOUNTED", mounted)
    told = {each["name"]: each["mounted"] for each in capabilities({}, {}, [])["operations"]}
    assert set(told) == {each.name for each in OPERATIONS}
    built = {each.name for each in BUILT if each.availability in mounted.split(",")}
    assert {name for name, is_so in told.items() if is_so} == built


PRODUCTION = "beta,folded"
"""What `samconfig.toml` says of it, so that a caller who looks for the folded path finds the new one."""


def asked(query: str = "") -> dict[str, Any]:
    """The document as the environment serves it now."""
    sys.modules.pop("front.openapi", None)
    document: dict[str, Any] = json.loads(call("GET", "/openapi", query).text)
    return {each["operationId"]: each for path in document["paths"].values() for each in path.values()}


def test_production_mounts_the_redirect_and_lists_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert f'parameter_overrides = "Mounted={PRODUCTION}"' in (ROOT / "samconfig.toml").read_text()
    assert template()["Parameters"]["Mounted"]["Default"] == PRODUCTION
    monkeypatch.setenv("MOUNTED", PRODUCTION)
    found = asked()
    assert set(found) == {each.name for each in BUILT if each.availability in PRODUCTION.split(",")}
    assert "308" in found["folded_identify"]["responses"]
    assert all(each["x-mounted"] for each in found.values())


def test_what_is_not_mounted_can_be_wired_against(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = asked("include=unmounted")
    monkeypatch.setenv("MOUNTED", PRODUCTION)
    found = asked("include=unmounted")
    assert {name for name, each in found.items() if each["x-mounted"]} == set(asked())
    # The shapes are those that it has where it is mounted.
    assert {name: {**each, "x-mounted": True} for name, each in found.items()} == everything


@pytest.mark.parametrize("query", ["include=", "include=all", "include=unmounted&include=unmounted", "unmounted"])
def test_another_include_is_a_400(query: str) -> None:
    assert call("GET", "/openapi", query).status == 400


def test_an_environment_can_leave_an_availability_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOUNTED", "planned")
    assert not is_mounted(LOOKUP)


def test_only_what_a_person_looks_at_is_a_page() -> None:
    told = {each.name: DOCUMENT["paths"][each.path][each.method.lower()]["responses"] for each in BUILT}
    kinds = {
        name: {status: set(response["content"]) for status, response in responses.items() if "content" in response}
        for name, responses in told.items()
    }
    pages = {
        name: {status for status, kind in responses.items() if "text/html" in kind} for name, responses in kinds.items()
    }
    assert {name: statuses for name, statuses in pages.items() if statuses} == {
        "show_verification": {"200"},
        "verify": {"200", "404", "500", "503"},
    }
    assert kinds["show_verification"]["200"] == {"text/html"}
    assert kinds["verify"]["200"] == {"application/json", "text/html"}


def test_every_header_is_described_and_shows_an_example() -> None:
    for each in DOCUMENT["components"]["headers"].values():
        assert each["description"]
        jsonschema_rs.validate(each["schema"], each["example"])
    answers = [response for each in BUILT for response in item(each)["responses"].values()]
    own = [header for each in answers for header in each.get("headers", {}).values() if "$ref" not in header]
    assert own
    assert all(each["description"] for each in own)


def test_the_document_says_what_it_is_of() -> None:
    info = DOCUMENT["info"]
    assert info["title"] == "Customers & Identification"
    assert all(info[name] for name in ("version", "summary", "description"))
    assert info["contact"]["name"]
    assert all(info["license"][name] for name in ("name", "identifier"))


def test_every_schema_has_its_name_as_its_title() -> None:
    """Generators name a type by it."""
    assert [name for name, schema in DOCUMENT["components"]["schemas"].items() if schema.get("title") != name] == []


def test_every_schema_and_every_field_is_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    bare = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, shape in schema.get("properties", {}).items()
        if not shape.get("description") and "$ref" not in shape
    ]
    assert bare == []


def test_what_is_said_of_fields_in_general_is_said_of_some() -> None:
    said = {
        shape.get("description")
        for schema in DOCUMENT["components"]["schemas"].values()
        for shape in [schema, *schema.get("properties", {}).values()]
    }
    given = {**descriptions.FIELDS, **descriptions.OWN, **descriptions.SCHEMAS, **descriptions.KINDS}
    assert [name for name, text in given.items() if text not in said] == []


def test_the_document_is_plain_json() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize("operation", [each for each in BUILT if each.body], ids=lambda each: each.name)
def test_every_field_of_a_body_is_described_and_no_other_is_taken(operation: Operation[Any]) -> None:
    request = DOCUMENT["paths"][operation.path][operation.method.lower()]["requestBody"]
    reference = request["content"]["application/json"]["schema"]["$ref"]
    schema = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
    assert schema["description"]
    assert schema["additionalProperties"] is False
    assert [name for name, field in schema["properties"].items() if "description" not in field] == []


def test_only_what_needs_no_field_at_all_takes_no_body() -> None:
    bodies = {each.name: item(each)["requestBody"] for each in BUILT if each.body}
    assert {name for name, body in bodies.items() if not body["required"]} == {"open_session", "folded_identify"}


def test_only_a_page_and_this_document_come_without_the_envelope() -> None:
    assert {each.name for each in BUILT if not each.enveloped} == {"show_verification", "openapi"}


def test_what_is_not_declared_is_refused_but_for_a_link_in_an_sms() -> None:
    for each in BUILT:
        assert ("400" in responses_of(DOCUMENT, each)) != each.lenient


def test_only_a_body_can_be_too_large() -> None:
    for each in BUILT:
        responses = DOCUMENT["paths"][each.path][each.method.lower()]["responses"]
        assert ("413" in responses) == (each.body is not None)
