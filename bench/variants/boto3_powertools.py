"""boto3's client with Powertools' Logger and Metrics: the straightforward handler."""

import json
import os
import re
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from .rules import API_VERSION, E164, STATUS, badge, completeness, shown, visits_in_window

logger = Logger()
metrics = Metrics()
dynamodb = boto3.client("dynamodb")
TABLE = os.environ["CUSTOMERS_TABLE"]


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    request_id = event["requestContext"]["requestId"]
    phone = (event["queryStringParameters"] or {}).get("phone", "")
    if not re.match(E164, phone):
        error = {"code": "VALIDATION_ERROR", "message": "phone: must be E.164", "details": []}
        return respond(400, request_id, error=error)
    caller = event["requestContext"]["authorizer"]
    key = {"pk": {"S": f"{caller['enterprise_id']}#{phone}"}}
    row = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
    data, score = describe(row, caller, datetime.now(UTC))
    metrics.add_metric(name="Answered", unit=MetricUnit.Count, value=1)
    logger.info("answered", request_id=request_id, status=data["status"])
    return respond(200, request_id, data=data, score=score)


def describe(row: dict[str, Any] | None, caller: dict[str, str], now: datetime) -> tuple[dict[str, Any], int | None]:
    status = STATUS.get(row["state"]["S"]) if row else None
    data: dict[str, Any] = {
        "status": status or "not_found",
        "customer": None,
        "unclaimed_cashback": None,
        "branch_id": caller["branch_id"] or None,
        "fetched_at": shown(now),
    }
    if row is None or status is None:
        return data, None
    name, currency, locked = row.get("name", {}).get("S"), row["currency"]["S"], int(row["locked"]["N"])
    visits, spend = int(row["visits"]["N"]), int(row["spend"]["N"])
    recent = visits_in_window(row["recent"]["B"], now) if "recent" in row else 0
    data["customer"] = {
        "name": name,
        "phone": row["phone"]["S"],
        "state": row["state"]["S"],
        "member_since": instant(row, "member_since"),
        "balance": {
            "spendable_minor": max(0, int(row["balance"]["N"])),
            "locked_promo_minor": locked,
            "currency": currency,
        },
        "activity": {
            "lifetime_spend_minor": spend,
            "visit_count": visits,
            "visit_count_last_90d": recent,
            "last_visit_at": instant(row, "last_visit_at"),
        },
        "badge": badge(visits, recent, spend, json.loads(caller["settings"])["badge"]),
    }
    if status == "pending_proof":
        expires_at = None
        data["unclaimed_cashback"] = {"amount_minor": locked, "currency": currency, "expires_at": expires_at}
    return data, completeness(name, status == "registered", visits, "preferences" in row, "consent" in row)


def instant(row: dict[str, Any], name: str) -> str | None:
    return shown(datetime.fromisoformat(row[name]["S"])) if name in row else None


def respond(
    status: int,
    request_id: str,
    data: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    score: int | None = None,
) -> dict[str, Any]:
    meta = {
        "request_id": request_id,
        "idempotency_replayed": False,
        "api_version": API_VERSION,
        "data_completeness_score": score,
    }
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "X-Request-Id": request_id, "Cache-Control": "no-store"},
        "body": json.dumps({"ok": error is None, "data": data, "error": error, "meta": meta}),
    }
