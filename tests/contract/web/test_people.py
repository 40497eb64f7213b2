"""The people's own user pool: who gets in, by which way, and for how long. Only by parameter."""

from __future__ import annotations

import json
from typing import Any

from tests.support.template.deployed import properties, resources

POOL = {"UserPool": "true", "WebAddress": "https://console.example.com"}


def of(name: str, **parameters: str) -> dict[str, Any]:
    found: dict[str, Any] = resources(**POOL, **parameters)[name]["Properties"]
    return found


def test_without_the_parameter_there_is_none() -> None:
    assert not [name for name, each in resources().items() if "Cognito" in each["Type"]]
    assert "SignInFunction" not in resources()


def test_an_administrator_alone_makes_people_and_moves_them_to_another_enterprise() -> None:
    pool = of("People")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    # An attribute that is not mutable could never be corrected. The client may not write it.
    assert pool["Schema"] == [
        {
            "Name": "enterprise_id",
            "AttributeDataType": "String",
            "Mutable": True,
            "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "64"},
        }
    ]
    assert (of("ConsoleClient")["ReadAttributes"], of("ConsoleClient")["WriteAttributes"]) == (["email"], ["email"])


def test_a_password_is_long_and_a_second_factor_can_be_had() -> None:
    pool = of("People")
    assert pool["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 12,
        "RequireLowercase": True,
        "RequireUppercase": True,
        "RequireNumbers": True,
        "RequireSymbols": False,
        "TemporaryPasswordValidityDays": 3,
    }
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])
    assert pool["AccountRecoverySetting"] == {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}
    assert pool["AutoVerifiedAttributes"] == ["email"]


def test_a_pool_that_is_protected_is_not_deleted() -> None:
    assert of("People", Protect="true")["DeletionProtection"] == "ACTIVE"
    assert of("People", Protect="false")["DeletionProtection"] == "INACTIVE"


def test_the_trigger_puts_scope_and_permissions_into_the_access_token() -> None:
    pool, permission = of("People"), of("SignInPermission")
    assert (pool["UserPoolTier"], pool["UserPoolName"]) == ("ESSENTIALS", "AWS::StackName-people")
    assert pool["LambdaConfig"]["PreTokenGenerationConfig"] == {
        "LambdaArn": "SignInFunction.Arn",
        "LambdaVersion": "V2_0",
    }
    assert permission == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "SignInFunction",
        "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": "People.Arn",
    }


def test_each_group_that_has_permissions_is_there() -> None:
    groups = {each["GroupName"] for each in properties("AWS::Cognito::UserPoolGroup", **POOL).values()}
    assert groups == set(json.loads(of("SignInFunction")["Environment"]["Variables"]["GROUPS"]))
    for each in properties("AWS::Cognito::UserPoolGroup", **POOL).values():
        assert each["UserPoolId"] == "People"
        assert "RoleArn" not in each


def test_the_console_signs_in_by_a_code_alone() -> None:
    client = of("ConsoleClient")
    assert (client["UserPoolId"], client["ClientName"]) == ("People", "console")
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlowsUserPoolClient"] is True
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid"]
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["CallbackURLs"] == [f"{POOL['WebAddress']}/console/{end}" for end in ("", "signed-in/")]
    assert client["LogoutURLs"] == [f"{POOL['WebAddress']}/console/"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_a_token_lasts_for_a_quarter_of_an_hour_and_a_day_of_work_is_one_sign_in() -> None:
    client = of("ConsoleClient")
    lasting = {
        kind: (client[f"{kind}Validity"], client["TokenValidityUnits"][kind]) for kind in client["TokenValidityUnits"]
    }
    assert lasting == {"AccessToken": (15, "minutes"), "IdToken": (15, "minutes"), "RefreshToken": (8, "hours")}
    assert client["EnableTokenRevocation"] is True


def test_the_login_page_is_the_pools_own_on_an_account() -> None:
    domain, look = of("PeopleDomain"), of("PeopleLogin")
    assert domain == {"UserPoolId": "People", "Domain": "AWS::StackName-AWS::AccountId", "ManagedLoginVersion": 2}
    assert look == {"UserPoolId": "People", "ClientId": "ConsoleClient", "UseCognitoProvidedValues": True}
    assert "PeopleDomain" not in resources(**POOL, IsLocal="true")
