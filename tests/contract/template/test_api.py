"""The API as the gateway gets it: the catalogue's routes, who may call, refusals in the envelope, and limits."""

from __future__ import annotations

import json
import re
from typing import Any

import botocore.session
import pytest

from customers.catalogue.every import OPERATIONS
from customers.edge.auth.tokens import MAX_LENGTH
from customers.edge.http.capabilities import LIMITS
from customers.wire.http.envelope import API_VERSION
from tests.support.http.gateway import BASE
from tests.support.tables import template
from tests.support.template.deployed import functions, held_by, properties, resources
from tests.support.template.permissions import grants

(API,) = properties("AWS::ApiGateway::RestApi").values()
(STAGE,) = properties("AWS::ApiGateway::Stage").values()
BODY = API["Body"]
REFUSALS = BODY["x-amazon-apigateway-gateway-responses"]
CODES = {
    "UNAUTHORIZED": ("401", "INVALID_API_KEY"),
    "ACCESS_DENIED": ("401", "INVALID_API_KEY"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "NOT_FOUND"),
    "RESOURCE_NOT_FOUND": ("404", "NOT_FOUND"),
    "INVALID_SIGNATURE": ("404", "NOT_FOUND"),
    "REQUEST_TOO_LARGE": ("413", "PAYLOAD_TOO_LARGE"),
    "UNSUPPORTED_MEDIA_TYPE": ("415", "VALIDATION_ERROR"),
    "THROTTLED": ("429", "RATE_LIMITED"),
    "QUOTA_EXCEEDED": ("429", "RATE_LIMITED"),
    "WAF_FILTERED": ("429", "RATE_LIMITED"),
    "EXPIRED_TOKEN": ("401", "INVALID_API_KEY"),
    "INVALID_API_KEY": ("401", "INVALID_API_KEY"),
    "BAD_REQUEST_PARAMETERS": ("400", "VALIDATION_ERROR"),
    "BAD_REQUEST_BODY": ("400", "VALIDATION_ERROR"),
    "API_CONFIGURATION_ERROR": ("500", "INTERNAL_ERROR"),
    "AUTHORIZER_FAILURE": ("503", "UPSTREAM_UNAVAILABLE"),
    "AUTHORIZER_CONFIGURATION_ERROR": ("503", "UPSTREAM_UNAVAILABLE"),
    "INTEGRATION_FAILURE": ("503", "UPSTREAM_UNAVAILABLE"),
    "INTEGRATION_TIMEOUT": ("503", "UPSTREAM_UNAVAILABLE"),
    "DEFAULT_4XX": (None, "VALIDATION_ERROR"),
    "DEFAULT_5XX": (None, "INTERNAL_ERROR"),
}


def _deployed(path: str) -> str:
    """API Gateway allows one variable name per level."""
    return BASE + re.sub(r"/customers/\{\w+\}", "/customers/{customer}", path)


def _routes() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): route
        for path, methods in BODY["paths"].items()
        for method, route in methods.items()
        if method != "options"
    }


def _function_of(route: dict[str, Any]) -> str:
    integration = route["x-amazon-apigateway-integration"]
    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
    found = re.fullmatch(r"arn:aws:apigateway:\S+/functions/(\w+)\.Arn/invocations", integration["uri"])
    assert found
    return found[1]


def test_every_built_operation_has_its_route_and_no_other_has() -> None:
    """And only where nobody says who calls is nobody asked."""
    declared = {
        (each.method, _deployed(each.path)): (f"{each.handler}.handler", "Jwt" if each.callers else "NONE")
        for each in OPERATIONS
        if each.handler
    }
    found = {
        place: (functions()[_function_of(route)]["Handler"], *(name for each in route["security"] for name in each))
        for place, route in _routes().items()
        if place[1] != "/{proxy+}"
    }
    assert found == declared


def test_only_the_gateway_may_invoke_a_function_and_each_by_its_own_route() -> None:
    allowed = set()
    for name, permission in properties("AWS::Lambda::Permission").items():
        if name in ("CanaryFunctionMinutePermission", "BeginDaysFunctionQuarterPermission"):
            assert permission["SourceArn"] == f"{name.removesuffix('Permission')}.Arn"
            continue
        assert (permission["Action"], permission["Principal"]) == ("lambda:InvokeFunction", "apigateway.amazonaws.com")
        account, _, source = permission["SourceArn"].partition(":Api/")
        assert account == "arn:aws:execute-api:AWS::Region:AWS::AccountId"
        allowed.add((permission["FunctionName"].removesuffix(".Arn"), source))
    routes = {
        (_function_of(route), f"*/{'*' if 'ANY' in method else method}" + re.sub(r"\{\w+\+?\}", "*", path))
        for (method, path), route in _routes().items()
    }
    assert allowed == routes | {("AuthorizerFunction", "authorizers/*")}


def test_a_changed_template_is_a_deployed_one() -> None:
    """Also where a parameter alone has changed. SAM compares the text, in which a parameter is only named."""
    assert template()["Resources"]["Api"]["Properties"]["AlwaysDeploy"] is True


def test_an_operation_is_named_once() -> None:
    names = [each.name for each in OPERATIONS]
    assert len(names) == len(set(names))


def test_every_caller_needs_a_token_which_is_trusted_as_long_as_we_publish() -> None:
    authorizer = BODY["securityDefinitions"]["Jwt"]["x-amazon-apigateway-authorizer"]
    uri = authorizer.pop("authorizerUri")
    assert "/functions/AuthorizerFunction.Arn/" in uri
    assert authorizer == {
        "type": "request",
        "authorizerResultTtlInSeconds": LIMITS["branch_change_seen_after_seconds"],
        "identitySource": "method.request.header.Authorization",
    }
    authorizer["authorizerUri"] = uri


@pytest.mark.parametrize("kind", CODES)
def test_every_refusal_of_the_gateway_is_in_the_envelope(kind: str) -> None:
    response, (status, code) = REFUSALS[kind], CODES[kind]
    assert response.get("statusCode") == status
    assert list(response["responseTemplates"]) == ["application/json"]
    body = json.loads(response["responseTemplates"]["application/json"])
    assert (body["ok"], body["data"], body["error"]["code"]) == (False, None, code)
    assert body["meta"] == {
        "request_id": "$context.requestId",
        "idempotency_replayed": False,
        "api_version": API_VERSION,
        "data_completeness_score": None,
    }
    headers = {"X-Request-Id": "context.requestId", "Cache-Control": "'no-store'"}
    headers |= {"Retry-After": "'1'"} if status in ("429", "503") else {}
    headers |= {"WWW-Authenticate": "'Bearer'"} if status == "401" else {}
    named = {f"gatewayresponse.header.{name}": value for name, value in headers.items()}
    assert response["responseParameters"] == named


def test_no_refusal_of_the_gateway_is_forgotten() -> None:
    """AWS's own list, from the model of its API."""
    shape: Any = botocore.session.get_session().get_service_model("apigateway").shape_for("GatewayResponseType")
    assert set(REFUSALS) == set(CODES) == set(shape.enum)


def test_whatever_no_operation_serves_is_a_404_and_nobody_is_asked_for_a_token() -> None:
    route = _routes()[("X-AMAZON-APIGATEWAY-ANY-METHOD", "/{proxy+}")]
    assert (_function_of(route), route["security"]) == ("UnknownRouteFunction", [{"NONE": []}])


def test_an_operation_takes_an_idempotency_key_exactly_if_it_may_write() -> None:
    """Whatever may write may keep receipts, so that a retry does it no second time. A form in a browser has no key:
    what it sends is good for once by itself."""
    of_routes = {functions()[_function_of(route)]["Handler"]: _function_of(route) for route in _routes().values()}
    for operation in OPERATIONS:
        if operation.handler and operation.callers:
            held = grants(held_by(of_routes[f"{operation.handler}.handler"]))
            # An entry in the activity log changes no data. A read may write where its words are, beside the receipts.
            changes = {
                action for action, (name, *_), _ in held if name not in ("ActivityTable.Arn", "ReceiptsTable.Arn")
            }
            writes = changes & {f"dynamodb:{verb}Item" for verb in ("Put", "Update", "Delete")}
            receipts = ("dynamodb:PutItem", ("ReceiptsTable.Arn",), False) in held
            # A GET is repeated at will: an export makes a file, or gives the one that it has made.
            assert operation.writes == (bool(writes) and operation.method != "GET"), operation.name
            assert receipts == operation.writes or operation.method == "GET", operation.name


def test_the_limits_that_we_publish_are_those_that_hold() -> None:
    assert LIMITS["token_bytes"] == MAX_LENGTH
    everywhere, *links = STAGE["MethodSettings"]
    limits = {
        "ThrottlingRateLimit": LIMITS["requests_per_second"],
        "ThrottlingBurstLimit": LIMITS["request_burst"],
    }
    silent = {"LoggingLevel": "OFF", "DataTraceEnabled": False, "MetricsEnabled": "false"}
    assert everywhere == {"HttpMethod": "*", "ResourcePath": "/*", **silent, **limits}
    # One limit for all who follow links. The settings of one method replace those of all methods.
    slower = {
        "ThrottlingRateLimit": LIMITS["link_requests_per_second"],
        "ThrottlingBurstLimit": LIMITS["link_request_burst"],
    }
    paths = {(each.method, _deployed(each.path)) for each in OPERATIONS if each.path.startswith("/verifications")}
    told = {(each["HttpMethod"], each["ResourcePath"].replace("~1", "/")[1:]): each for each in links}
    assert set(told) == paths
    for (method, _), each in told.items():
        assert each == {"HttpMethod": method, "ResourcePath": each["ResourcePath"], **silent, **slower}


def test_each_address_has_a_limit_before_the_one_that_all_share() -> None:
    """One address alone must not use up what all customers of all enterprises share."""
    (firewall,) = properties("AWS::WAFv2::WebACL").values()
    (attached,) = properties("AWS::WAFv2::WebACLAssociation").values()
    assert attached["WebACLArn"] == "Firewall.Arn"
    assert attached["ResourceArn"] == "arn:AWS::Partition:apigateway:AWS::Region::/restapis/Api/stages/Apiv1Stage"
    assert (firewall["Scope"], firewall["DefaultAction"]) == ("REGIONAL", {"Allow": {}})
    rules = {each["Name"]: each for each in firewall["Rules"]}
    rates = {name: each["Statement"]["RateBasedStatement"] for name, each in rules.items()}
    limits = {
        name: (each["Limit"], each["EvaluationWindowSec"], each["AggregateKeyType"]) for name, each in rates.items()
    }
    assert limits == {
        "LinksPerAddress": (LIMITS["link_requests_per_address_per_minute"], 60, "IP"),
        "RequestsPerAddress": (LIMITS["requests_per_address_per_minute"], 60, "IP"),
    }
    # An address at its limit leaves nearly all of the shared one to the others.
    assert LIMITS["link_requests_per_address_per_minute"] / 60 <= LIMITS["link_requests_per_second"] / 100
    assert LIMITS["link_requests_per_address_per_minute"] <= LIMITS["link_request_burst"] / 4
    assert LIMITS["requests_per_address_per_minute"] / 60 <= LIMITS["requests_per_second"] / 10
    found = rates["LinksPerAddress"]["ScopeDownStatement"]["ByteMatchStatement"]
    links = [BASE + each.path for each in OPERATIONS if each.path.startswith("/verifications")]
    assert links
    beginning = found.pop("SearchString")
    assert all(beginning in path for path in links)
    # However the path is written: encoded, with dots in it, in capitals.
    ways = [{"Priority": at, "Type": way} for at, way in enumerate(("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"))]
    assert found == {"FieldToMatch": {"UriPath": {}}, "PositionalConstraint": "CONTAINS", "TextTransformations": ways}
    assert "ScopeDownStatement" not in rates["RequestsPerAddress"]
    # The first one that blocks decides.
    assert [(each["Priority"], each["Action"]) for each in firewall["Rules"]] == [
        (0, {"Block": {}}),
        (1, {"Block": {}}),
    ]


def test_nobody_walks_around_cloudfront_to_the_apis_own_address() -> None:
    """All requests have CloudFront's addresses then: its own firewall limits each address."""
    (firewall,) = properties("AWS::WAFv2::WebACL", OriginSecret="s" * 32).values()
    (rule,) = firewall["Rules"]
    assert (rule["Name"], rule["Priority"]) == ("OnlyThroughCloudFront", 0)
    assert (rule["Action"], firewall["DefaultAction"]) == ({"Block": {}}, {"Allow": {}})
    asked = rule["Statement"]["NotStatement"]["Statement"]["ByteMatchStatement"]
    assert asked["FieldToMatch"] == {"SingleHeader": {"Name": "x-origin-secret"}}
    assert (asked["PositionalConstraint"], asked["SearchString"]) == ("EXACTLY", "s" * 32)
    assert asked["TextTransformations"] == [{"Priority": 0, "Type": "NONE"}]
    parameter = template()["Parameters"]["OriginSecret"]
    assert (parameter["NoEcho"], parameter["Default"]) == (True, "")
    assert not re.fullmatch(parameter["AllowedPattern"], "s" * 31)
    # No function has it in its configuration.
    assert not [name for name, each in functions().items() if "OriginSecret" in str(each)]


def test_the_firewall_keeps_no_request() -> None:
    for secret in ("", "s" * 32):
        (firewall,) = properties("AWS::WAFv2::WebACL", OriginSecret=secret).values()
        for name, each in [("Firewall", firewall), *((rule["Name"], rule) for rule in firewall["Rules"])]:
            counted = {"CloudWatchMetricsEnabled": True, "MetricName": name}
            assert each["VisibilityConfig"] == {"SampledRequestsEnabled": False, **counted}
    assert not properties("AWS::WAFv2::LoggingConfiguration")
    assert not properties("AWS::WAFv2::WebACL", IsLocal="true")


def test_nothing_that_could_hold_a_phone_number_is_recorded_by_the_gateway() -> None:
    """Nor by tracing, which records addresses."""
    assert not STAGE.get("TracingEnabled")
    settings = STAGE["AccessLogSetting"]
    assert settings["DestinationArn"] == "AccessLogs.Arn"
    recorded = json.loads(settings["Format"])
    assert set(recorded.values()) == {
        "$context.requestId",
        "$context.httpMethod",
        "$context.resourcePath",
        "$context.status",
        "$context.responseLatency",
        "$context.authorizer.enterprise_id",
        "$context.error.responseType",
    }
    on_a_laptop = properties("AWS::ApiGateway::Stage", IsLocal="true")
    assert not any("AccessLogSetting" in each for each in on_a_laptop.values())


def test_an_account_lets_the_gateway_write_its_access_log() -> None:
    (account,) = properties("AWS::ApiGateway::Account").values()
    assert account == {"CloudWatchRoleArn": "ApiLogsRole.Arn"}
    assert not properties("AWS::ApiGateway::Account", IsLocal="true")


def test_the_api_is_one_of_its_region_and_answers_below_the_version() -> None:
    assert API["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert (STAGE["StageName"], STAGE["RestApiId"]) == ("v1", "Api")


def test_there_is_no_stage_without_limits() -> None:
    """SAM's deployment makes a second one, named `Stage`, unless it is told not to."""
    (deployment,) = properties("AWS::ApiGateway::Deployment").values()
    assert set(deployment) == {"Description", "RestApiId"}


def test_the_stage_waits_until_the_account_may_write_its_access_logs() -> None:
    """It refers to the group, and API Gateway refuses a stage with logs before the account has a role for them."""
    assert resources()["AccessLogs"]["DependsOn"] == "ApiAccount"
