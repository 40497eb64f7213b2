"""The cookbook style: Powertools' validating resolver, pydantic models, boto3's resource, Logger and Metrics."""

import os
from datetime import UTC, datetime
from typing import Annotated, Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from .models import Envelope, envelope
from .rules import E164

logger = Logger()
metrics = Metrics()
app = APIGatewayRestResolver(enable_validation=True)
table = boto3.resource("dynamodb").Table(os.environ["CUSTOMERS_TABLE"])


@app.get("/partner/customers/lookup")
def lookup(phone: Annotated[str, Query(pattern=E164)]) -> Envelope:
    context = app.current_event["requestContext"]
    caller = context["authorizer"]
    key = {"pk": f"{caller['enterprise_id']}#{phone}"}
    item = table.get_item(Key=key, ConsistentRead=True).get("Item")
    answer = envelope(item, caller, context["requestId"], datetime.now(UTC))
    metrics.add_metric(name="Answered", unit=MetricUnit.Count, value=1)
    logger.info("answered", status=answer.data.status)
    return answer


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
