"""Operations of administrators have no way to the tables but the role of their tenants, which only they may take.

The emulator enforces actions, tables, trust and tags. That each key is compared with the tag is AWS's part:
tests/contract/test_tenant_roles.py reads the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.conftest import Enterprise, eventually
from tests.support.thorough import first

OPERATIONS = {
    "search": ("POST", "/customers/search", "customer:SEARCH", {"query": "layla"}),
    "activity": ("GET", "/activity", "activity:READ", None),
    "erasures": ("GET", "/erasures", "erasure:READ", None),
    "refused_facts": ("GET", "/refused-facts", "facts:READ", None),
}


def ask(shop: Enterprise, operation: str) -> int:
    method, path, permission, body = OPERATIONS[operation]
    more = {"json": body} if body else {}
    return shop.send(method, path, shop.admin(permission), **more).status_code


def function_of(aws: Callable[..., Any], operation: str) -> dict[str, Any]:
    pages = aws("lambda").get_paginator("list_functions").paginate()
    (found,) = [each for page in pages for each in page["Functions"] if each["Handler"].split(".")[-2] == operation]
    described: dict[str, Any] = found
    return described


@contextmanager
def configured(aws: Callable[..., Any], operation: str, role: str | None) -> Iterator[None]:
    """Meanwhile the function takes another role for its tenants, or none."""
    client, function = aws("lambda"), function_of(aws, operation)
    before = function["Environment"]["Variables"]
    changed = {name: value for name, value in before.items() if name != "TENANT_ROLE"}
    changed |= {"TENANT_ROLE": role} if role else {}
    client.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": changed})
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function["FunctionName"], Environment={"Variables": before})


@pytest.mark.parametrize("operation", first(2, OPERATIONS))
def test_without_the_role_of_its_tenants_an_operation_touches_no_table(
    shop: Enterprise, aws: Callable[..., Any], operation: str
) -> None:
    assert ask(shop, operation) == 200
    with configured(aws, operation, None):
        eventually(lambda: ask(shop, operation) == 500, 60)
    eventually(lambda: ask(shop, operation) == 200, 60)


def test_a_role_of_another_operation_cannot_be_taken(shop: Enterprise, aws: Callable[..., Any]) -> None:
    other = function_of(aws, "erasures")["Environment"]["Variables"]["TENANT_ROLE"]
    assert ask(shop, "search") == 200
    with configured(aws, "search", other):
        eventually(lambda: ask(shop, "search") == 503, 60)
    eventually(lambda: ask(shop, "search") == 200, 60)


def test_every_such_role_names_the_rows_of_one_enterprise(aws: Callable[..., Any]) -> None:
    """As it was deployed, not as it was written."""
    iam = aws("iam")
    pages = aws("lambda").get_paginator("list_functions").paginate()
    functions = [each for page in pages for each in page["Functions"]]
    roles = {each["Environment"]["Variables"].get("TENANT_ROLE") for each in functions if "Environment" in each}
    tenants = sorted(each.rpartition("/")[2] for each in roles if each)
    assert len(tenants) >= 10
    for role in tenants:
        trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        (statement,) = trust if isinstance(trust, list) else [trust]
        assert statement["Condition"] == {"StringLike": {"aws:RequestTag/enterprise_id": "?*"}}
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        own = ["${aws:PrincipalTag/enterprise_id}", "${aws:PrincipalTag/enterprise_id}#*"]
        for each in document["Statement"]:
            assert each["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": own}}


def test_without_a_tag_nobody_takes_such_a_role(aws: Callable[..., Any]) -> None:
    role = function_of(aws, "search")["Environment"]["Variables"]["TENANT_ROLE"]
    with pytest.raises(ClientError, match="AccessDenied"):
        aws("sts").assume_role(RoleArn=role, RoleSessionName="tenant")
