"""The usual authorizer: Powertools' event classes, Logger and Metrics, PyJWT with its client, boto3's resource."""

import os
from typing import Any

import boto3
import jwt
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import event_source
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerRequestEvent,
    APIGatewayAuthorizerResponse,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

LEEWAY = 5
AUDIENCES = ["pos-terminal", "enterprise-admin"]
REQUIRED = ["iss", "aud", "sub", "iat", "exp", "jti", "enterprise_id"]

logger = Logger()
metrics = Metrics()
keys = jwt.PyJWKClient(os.environ["JWKS_URL"])
dynamodb = boto3.resource("dynamodb")
TABLE = os.environ["ENTERPRISES_TABLE"]


@logger.inject_lambda_context
@metrics.log_metrics
@event_source(data_class=APIGatewayAuthorizerRequestEvent)
def handler(event: APIGatewayAuthorizerRequestEvent, _context: LambdaContext) -> dict[str, Any]:
    try:
        claims = verified(event.headers["Authorization"].removeprefix("Bearer "))
    except jwt.PyJWTError as error:
        logger.info("refused", reason=type(error).__name__)
        raise Exception("Unauthorized") from None
    rows = registered(claims["enterprise_id"], claims.get("merchant_id"), claims.get("branch_id"))
    arn = event.parsed_arn
    policy = APIGatewayAuthorizerResponse(
        principal_id=claims["sub"],
        context=context(claims, rows),
        region=arn.region,
        aws_account_id=arn.aws_account_id,
        api_id=arn.api_id,
        stage=arn.stage,
    )
    if is_known(claims, rows):
        policy.allow_all_routes()
    else:
        policy.deny_all_routes()
    metrics.add_metric(name="Decided", unit=MetricUnit.Count, value=1)
    logger.info("decided", enterprise_id=claims["enterprise_id"])
    return policy.asdict()


def verified(token: str) -> dict[str, Any]:
    key = keys.get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256", "ES256", "EdDSA"],
        audience=AUDIENCES,
        issuer=os.environ["ISSUER"],
        leeway=LEEWAY,
        options={"require": REQUIRED},
    )
    return claims


def registered(enterprise: str, merchant: str | None, branch: str | None) -> dict[str, dict[str, Any]]:
    wanted = ["settings", *([f"merchant#{merchant}"] if merchant else []), *([f"branch#{branch}"] if branch else [])]
    request: Any = {TABLE: {"Keys": [{"pk": enterprise, "sk": sk} for sk in wanted], "ConsistentRead": True}}
    rows: Any = dynamodb.batch_get_item(RequestItems=request)["Responses"][TABLE]
    return {row["sk"]: row for row in rows}


def is_known(claims: dict[str, Any], rows: dict[str, dict[str, Any]]) -> bool:
    merchant, branch = claims.get("merchant_id"), claims.get("branch_id")
    if "settings" not in rows or (merchant and f"merchant#{merchant}" not in rows):
        return False
    place = rows.get(f"branch#{branch}", {})
    return not branch or (bool(place.get("active")) and place.get("merchant_id") == merchant)


def context(claims: dict[str, Any], rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    audience = claims["aud"]
    return {
        "audience": audience if isinstance(audience, str) else audience[0],
        "subject": claims["sub"],
        "enterprise_id": claims["enterprise_id"],
        "merchant_id": claims.get("merchant_id", ""),
        "branch_id": claims.get("branch_id", ""),
        "permissions": " ".join(claims.get("permissions", [])),
        "expires_at": str(claims["exp"] + LEEWAY),
        "settings": rows.get("settings", {}).get("settings", "{}"),
    }
