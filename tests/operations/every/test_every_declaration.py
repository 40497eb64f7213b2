"""What an operation does not declare is refused, by all operations alike. A new one joins by being declared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import pytest
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Operation
from customers.edge.auth.principal import Principal
from customers.wire.http.body import MAX_BODY
from customers.wire.http.parameters import Parameter
from tests.operations.conftest import LAYLA, Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.recording import id_of, stored
from tests.support.sessions import SOME_ID

BUILT = [each for each in OPERATIONS if each.handler]
STRICT = [each for each in BUILT if not each.lenient]
BODILESS = [each for each in STRICT if each.body is None]
PHONE = "97433001122"


def of(operations: list[Operation[Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda each: each.name)


def send(
    operation: Operation[Any], shop: Shop, query: str = "", body: object = ..., who: str = "usr_0", **more: str
) -> Reply:
    """The catalogue's example, by somebody who may send it, with a query, a body or headers of the test's own."""
    path = operation.path.replace("{phone}", "%2B" + PHONE).replace("{token}", "a" * 32)
    path = re.sub(r"\{id\}", SOME_ID if "sessions" in path else who, path)
    headers = {each.name: each.example_text for each in operation.parameters if each.where == "header"} | more
    told = operation.body_example if body is ... else body
    return call(operation.method, path, query, caller(operation, shop), headers=headers, body=told)


def caller(operation: Operation[Any], shop: Shop) -> Principal | None:
    if not operation.callers:
        return None
    return shop.till if "pos-terminal" in operation.callers else shop.admin(*filter(None, [operation.permission]))


def refused(operation: Operation[Any], reply: Reply, field: str) -> str:
    """What is said of it."""
    conforms(operation, reply)
    assert (reply.status, reply.body["error"]["code"]) == (400, "VALIDATION_ERROR")
    (detail,) = reply.body["error"]["details"]
    assert detail["field"] == field
    assert PHONE not in json.dumps(reply.body)
    return str(detail["issue"])


def names(operation: Operation[Any]) -> list[str]:
    return [each.name for each in operation.parameters if each.where == "query"]


@of(STRICT)
def test_an_undeclared_parameter_is_refused_before_any_table_is_asked(
    operation: Operation[Any], shop: Shop, requests: list[str]
) -> None:
    requests.clear()
    issue = refused(operation, send(operation, shop, "utm_source=x"), "utm_source")
    assert all(name in issue for name in names(operation))
    # An empty value is one, too, and a right one beside it changes nothing.
    refused(operation, send(operation, shop, "wholly-Unknown="), "wholly-Unknown")
    for name in names(operation):
        refused(operation, send(operation, shop, f"{name}=x&utm_source=x"), "utm_source")
    # That an administrator was refused is in the activity log, with the reason unless the customer has been erased.
    assert set(requests) <= ({"GetItem", "PutItem"} if operation.logged else set())


@of(STRICT)
@pytest.mark.parametrize("name", [f"%2B{PHONE}", PHONE, f"p{PHONE}", f"Layla+{PHONE}", "", "a" * 50, "%D9%84", "a.b"])
def test_what_does_not_look_like_a_name_is_not_repeated(operation: Operation[Any], shop: Shop, name: str) -> None:
    refused(operation, send(operation, shop, f"{name}=1"), "query")


@of([each for each in STRICT if names(each)])
def test_a_misspelt_parameter_is_told_the_right_one(operation: Operation[Any], shop: Shop) -> None:
    for name in names(operation):
        for typed in spellings(name):
            if typed not in names(operation):
                assert f"did you mean {name}?" in refused(operation, send(operation, shop, f"{typed}=1"), typed)


NO_NUMBERS = ("x", "", "-1", "+5", "1.0", "05", " 5", "5 ", "٣", "1e1", "1_0", "9" * 5000)
NO_CHOICES = ("x", "", "Done")
NO_CURSORS = ("x", "", "A" * 40, "A" * 5000)


def wrong(parameter: Parameter) -> Iterable[str]:
    """Values that a parameter of the query cannot have."""
    if parameter.schema.get("type") == "integer":
        return (*NO_NUMBERS, str(parameter.schema["minimum"] - 1), str(parameter.schema["maximum"] + 1))
    if "enum" in parameter.schema:
        return NO_CHOICES
    return NO_CURSORS if parameter.name == "cursor" else ()


@of([each for each in STRICT if names(each)])
def test_a_value_that_is_none_and_one_that_is_given_twice_are_refused_by_name_before_any_table_is_asked(
    operation: Operation[Any], shop: Shop, requests: list[str]
) -> None:
    requests.clear()
    for parameter in (each for each in operation.parameters if each.where == "query"):
        name = parameter.name
        others = f"phone=%2B{PHONE}&" if "phone" in names(operation) and name != "phone" else ""
        for value in wrong(parameter):
            refused(operation, send(operation, shop, f"{others}{name}={quote(value)}"), name)
        refused(operation, send(operation, shop, f"{others}{name}=5&{name}=5"), name)
    # That an administrator was refused is in the activity log, with the reason unless the customer has been erased.
    assert set(requests) <= ({"GetItem", "PutItem"} if operation.logged else set())


@of([each for each in STRICT if each.body is not None])
def test_a_misspelt_field_is_told_the_right_one_also_in_the_query(operation: Operation[Any], shop: Shop) -> None:
    for name in operation.body.__annotations__:
        issue = refused(operation, send(operation, shop, f"{name}=1"), name)
        assert f"did you mean {name}, a field of the body?" in issue


@of([each for each in STRICT if each.body is not None and each.name != "folded_identify"])
def test_a_misspelt_field_of_a_body_is_told_the_right_one(operation: Operation[Any], shop: Shop) -> None:
    for name in operation.body.__annotations__:
        for typed in set(spellings(name)) - {name}:
            reply = send(operation, shop, body={**(operation.body_example or {}), typed: None})
            assert f"did you mean {name}?" in refused(operation, reply, typed)


NO_JSON = "must be JSON in UTF-8"
NO_BODIES = {
    "null": "a JSON object",
    "[]": "a JSON object",
    '"x"': "a JSON object",
    "event_type=check_in": NO_JSON,
    '{"phone": "x"': NO_JSON,
    "{": NO_JSON,
    "{} {}": NO_JSON,
    '{"x": NaN}': "JSON does not allow",
    "[" * 30_000: "nested too deeply",
}
"""And what is said of each."""


@of([each for each in STRICT if each.body is not None and each.name != "folded_identify"])
def test_what_is_no_body_is_told_why(operation: Operation[Any], shop: Shop) -> None:
    for body, why in NO_BODIES.items():
        assert why in refused(operation, send(operation, shop, body=body), "body")
    for nothing in () if operation.body_optional else (None, "", " "):
        assert "missing" in refused(operation, send(operation, shop, body=nothing), "body")
    refused(operation, send(operation, shop, **{"Content-Type": "application/x-www-form-urlencoded"}), "Content-Type")
    large = send(operation, shop, body=" " * (MAX_BODY + 1))
    conforms(operation, large)
    assert (large.status, large.body["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


def spellings(name: str) -> list[str]:
    first, *others = name.split("_")
    return [first + "".join(map(str.title, others)), name.replace("_", "-"), name.title(), name[:-1]]


@of(BODILESS)
def test_a_body_where_none_is_taken_is_refused(operation: Operation[Any], shop: Shop, requests: list[str]) -> None:
    requests.clear()
    for body in (f'{{"{PHONE}": 1}}', "[]", "null", "x", "\ud800", '{"a":' * 5000, "{" + " " * 70_000 + "1"):
        refused(operation, send(operation, shop, body=body), "body")
    for name in names(operation):
        assert f"did you mean {name}," in refused(operation, send(operation, shop, body={name: "true"}), "body")
    # That an administrator was refused is in the activity log, with the reason unless the customer has been erased.
    assert set(requests) <= ({"GetItem", "PutItem"} if operation.logged else set())


@of(BODILESS)
def test_an_empty_body_is_none(operation: Operation[Any], shop: Shop) -> None:
    plain = send(operation, shop, body=None)
    for body in ("", " ", "{}", " {\n} "):
        assert send(operation, shop, body=body).status == plain.status


@of([each for each in BUILT if each.lenient])
def test_a_link_in_an_sms_ignores_what_trackers_add(operation: Operation[Any], shop: Shop) -> None:
    plain = send(operation, shop)
    followed = send(operation, shop, f"utm_source=x&fbclid={PHONE}&=", body="utm=x")
    assert (followed.status, followed.body, followed.text) == (plain.status, plain.body, plain.text)


def test_only_the_links_in_an_sms_are_lenient() -> None:
    assert {each.name for each in BUILT if each.lenient} == {"show_verification", "verify"}


@pytest.mark.parametrize("query", ["dryRun=true", "dryrun=true", "dry-run=true", "Dry_Run=true"])
def test_a_misspelt_dry_run_erases_nobody(shop: Shop, tables: DynamoDBClient, bucket: S3Client, query: str) -> None:
    shop.told("customer.registered", LAYLA, name="Layla")
    erase = next(each for each in BUILT if each.name == "erase")
    before = stored(tables, shop.enterprise)
    assert before["ReceiptsTable"] == []
    issue = refused(erase, send(erase, shop, query, who=id_of(tables, shop)), query.partition("=")[0])
    assert "did you mean dry_run?" in issue
    reply = send(erase, shop, body={"dry_run": True}, who=id_of(tables, shop))
    assert "dry_run" in refused(erase, reply, "body")
    # The entries in the activity log have words about her, and rows lead to these.
    leads = stored(tables, shop.enterprise)["ReceiptsTable"]
    assert {row["sk"]["S"].partition("#")[0] for row in leads} == {"activity"}
    assert {**stored(tables, shop.enterprise), "ReceiptsTable": []} == before


def test_a_merge_in_the_query_is_told_of_the_body(shop: Shop) -> None:
    merge = next(each for each in BUILT if each.name == "merge")
    assert "validate_only, a field of the body" in refused(
        merge, send(merge, shop, "validateOnly=true"), "validateOnly"
    )
