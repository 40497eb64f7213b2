"""List erasures and start their workflow. The workflow does the rest and has the permissions for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from admin.stack.location import Stack
from customers.domain.erasure.plan import Erasure
from customers.store.aws.workflow import workflow_input
from customers.store.erasure.rows import erasure_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient


def every(stack: Stack) -> Iterator[tuple[str, Erasure]]:
    """All erasures with their enterprise. Scans the Erasures table, page by page."""
    client: DynamoDBClient = stack.client("dynamodb")
    for page in client.get_paginator("scan").paginate(TableName=stack.tables["erasures"], ConsistentRead=True):
        for row in page["Items"]:
            if "requested_at" in row:
                yield row["pk"]["S"], erasure_of(row)


def running(stack: Stack) -> set[str]:
    """The ids of erasures whose workflow is running."""
    client: SFNClient = stack.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(
        stateMachineArn=stack.erasure_workflow, statusFilter="RUNNING"
    )
    arns = [each["executionArn"] for page in pages for each in page["executions"]]
    given = (json.loads(client.describe_execution(executionArn=arn)["input"]) for arn in arns)
    return {each["erasure_id"] for each in given if "erasure_id" in each}


def start(stack: Stack, enterprise: str, erasure: Erasure, **more: Any) -> None:
    """Start the workflow for what is left to do. Starting it twice does no harm."""
    given = {**workflow_input(enterprise, erasure), **more}
    stack.client("stepfunctions").start_execution(stateMachineArn=stack.erasure_workflow, input=json.dumps(given))
