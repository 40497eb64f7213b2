"""What the user pool puts into a person's access token, and that our authorizer takes it from there."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from customers.catalogue.every import OPERATIONS
from customers.edge.auth.claims import read_claims
from customers.edge.auth.issuers import trusted_issuers
from customers.edge.auth.sign_in import granting
from tests.support.template.deployed import properties

FUNCTIONS = properties("AWS::Lambda::Function", UserPool="true", WebAddress="https://customers.example.com")
VARIABLES = {name: FUNCTIONS[name]["Environment"]["Variables"] for name in ("SignInFunction", "AuthorizerFunction")}
GROUPS = json.loads(VARIABLES["SignInFunction"]["GROUPS"])


def event(*groups: str, **attributes: str) -> dict[str, Any]:
    """What Cognito sends for a person of these groups."""
    return {
        "version": "2",
        "triggerSource": "TokenGeneration_HostedAuth",
        "request": {"userAttributes": attributes, "groupConfiguration": {"groupsToOverride": list(groups)}},
        "response": {"claimsAndScopeOverrideDetails": None},
    }


def claims(*groups: str, **attributes: str) -> dict[str, Any]:
    answered = granting(GROUPS)(event(*groups, **attributes), None)
    added: dict[str, Any] = answered["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"][
        "claimsToAddOrOverride"
    ]
    return added


def test_a_token_has_the_enterprise_and_what_the_groups_may_do_together() -> None:
    added = claims("managers", "privacy-officers", **{"custom:enterprise_id": "e-1"})
    assert added["enterprise_id"] == "e-1"
    assert added["permissions"] == sorted({*GROUPS["managers"], *GROUPS["privacy-officers"]})


def test_a_person_without_an_enterprise_gets_nothing_whatever_their_groups() -> None:
    assert claims("managers") == {}


@pytest.mark.parametrize("groups", [(), ("cashiers",), ("strangers",)])
def test_who_is_in_no_group_of_the_office_may_do_nothing(groups: tuple[str, ...]) -> None:
    assert claims(*groups, **{"custom:enterprise_id": "e-1"})["permissions"] == []


def test_every_permission_of_a_group_is_one_that_an_operation_asks_for() -> None:
    known = {each.permission for each in OPERATIONS if each.permission} | {"customer:DISABLED"}
    assert {permission for group in GROUPS.values() for permission in group} <= known


def test_the_authorizer_reads_the_pools_token_and_refuses_one_that_lives_longer_or_is_for_another_client() -> None:
    issuers = trusted_issuers({"PEOPLE": VARIABLES["AuthorizerFunction"]["PEOPLE"]})
    issuer = issuers["https://cognito-idp.AWS::Region.amazonaws.com/People"]
    now = int(time.time())
    payload = {
        "iss": issuer.name,
        "client_id": "ConsoleClient",
        "token_use": "access",
        "sub": "person-1",
        "jti": "t-1",
        "iat": now,
        "exp": now + 900,
        **claims("privacy-officers", **{"custom:enterprise_id": "e-1"}),
    }
    read = read_claims(payload, issuer=issuer, at=datetime.now(UTC))
    assert (read.audience, read.enterprise) == ("enterprise-admin", "e-1")
    assert "customer:DELETE" in read.permissions
    for wrong in ({"exp": now + 901}, {"client_id": "another"}, {"token_use": "id"}):
        with pytest.raises(Exception, match=r"lifetime|audience|token_use"):
            read_claims({**payload, **wrong}, issuer=issuer, at=datetime.now(UTC))
