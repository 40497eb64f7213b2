"""Operations of administrators touch tables with a role that AWS holds to the rows of one enterprise.

What the emulator enforces is shown in tests/e2e/test_tenant_roles.py; it compares no keys, so the policy is read here.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from customers.catalogue.every import OPERATIONS
from tests.support.template.deployed import functions, policies, properties, resources

KEYS = "dynamodb:LeadingKeys"
TAG = "${aws:PrincipalTag/enterprise_id}"
OWN = {"ForAllValues:StringLike": {KEYS: [TAG, f"{TAG}#*"]}}
LOGGED = {f"{each.handler}.handler" for each in OPERATIONS if each.logged}
TENANTS = {name: each for name, each in functions().items() if each["Handler"] in LOGGED}
PREFIXES = [name.removesuffix("Function") for name in TENANTS]


def test_every_operation_that_leaves_an_entry_has_such_a_role_and_nobody_else() -> None:
    assert len(TENANTS) == len(LOGGED) >= 10
    has = {name for name, each in functions().items() if "TENANT_ROLE" in each["Environment"]["Variables"]}
    assert has == set(TENANTS)
    roles = {name for name in properties("AWS::IAM::Role") if name.endswith("TenantRole")}
    assert roles == {f"{each}TenantRole" for each in PREFIXES}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_function_s_own_role_touches_no_table(prefix: str) -> None:
    assert functions()[f"{prefix}Function"]["Environment"]["Variables"]["TENANT_ROLE"] == f"{prefix}TenantRole.Arn"
    own = [action for each in policies(f"{prefix}FunctionRole") for action in _list(each["Action"])]
    assert not [action for action in own if action.startswith(("dynamodb:", "sts:"))]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_statement_is_held_to_the_rows_of_the_session_s_enterprise(prefix: str) -> None:
    for statement in _rows(prefix):
        assert statement["Effect"] == "Allow"
        # A condition on the values of a key that is absent holds; and the emulator has no such key.
        assert statement["Condition"] == {**OWN, "Null": {KEYS: "false"}}
        assert all(action.startswith("dynamodb:") for action in _list(statement["Action"]))
    for statement in _rows(prefix, IsLocal="true"):
        assert statement["Condition"] == OWN


@pytest.mark.parametrize("prefix", PREFIXES)
def test_only_the_function_takes_the_role_and_only_for_an_enterprise(prefix: str) -> None:
    trust = resources()[f"{prefix}TenantRole"]["Properties"]["AssumeRolePolicyDocument"]
    assert trust == {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"{prefix}FunctionRole.Arn"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringLike": {"aws:RequestTag/enterprise_id": "?*"}},
        },
    }


def test_the_functions_may_take_these_roles_and_no_others() -> None:
    policy = properties("AWS::IAM::Policy")["TenantsPolicy"]
    assert sorted(policy["Roles"]) == sorted(f"{each}FunctionRole" for each in PREFIXES)
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Resource": statement["Resource"],
    }
    assert sorted(statement["Resource"]) == sorted(f"{each}TenantRole.Arn" for each in PREFIXES)


@pytest.mark.parametrize(
    ("key", "is_own"),
    [
        ("acme", True),
        ("acme#+97433001122", True),
        ("acme#usr_1", True),
        ("acme-2#usr_1", False),
        ("acme-2", False),
        ("other#acme#usr_1", False),
        ("", False),
        ("ACME#usr_1", False),
    ],
)
def test_the_patterns_are_those_of_the_hook_around_every_test(key: str, is_own: bool) -> None:
    """As IAM compares them: `*` is any text, and case counts. No id of an enterprise has `*`, `?` or `#`."""
    patterns = [each.replace(TAG, "acme") for each in OWN["ForAllValues:StringLike"][KEYS]]
    assert any(fnmatchcase(key, pattern) for pattern in patterns) == is_own
    assert (key == "acme" or key.startswith("acme#")) == is_own


def _rows(prefix: str, **parameters: str) -> list[dict[str, Any]]:
    """The statements, in a document of the version that knows variables."""
    (policy,) = resources(**parameters)[f"{prefix}TenantRole"]["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Version"] == "2012-10-17"
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
