"""A web framework in a Lambda: FastAPI behind Mangum, with boto3's resource."""

# The environment that checks the types has neither of the two.
# mypy: disable-error-code="import-not-found,untyped-decorator"

import logging
import os
from datetime import UTC, datetime
from typing import Annotated

import boto3
from fastapi import FastAPI, Query, Request
from mangum import Mangum

from .models import Envelope, envelope
from .rules import E164

logging.basicConfig()
logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
table = boto3.resource("dynamodb").Table(os.environ["CUSTOMERS_TABLE"])
app = FastAPI()


@app.get("/partner/customers/lookup")
def lookup(request: Request, phone: Annotated[str, Query(pattern=E164)]) -> Envelope:
    context = request.scope["aws.event"]["requestContext"]
    caller = context["authorizer"]
    key = {"pk": f"{caller['enterprise_id']}#{phone}"}
    item = table.get_item(Key=key, ConsistentRead=True).get("Item")
    answer = envelope(item, caller, context["requestId"], datetime.now(UTC))
    logger.info("answered %s", answer.data.status)
    return answer


handler = Mangum(app, lifespan="off")
