"""What a request's trace says."""

from __future__ import annotations

from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.request_traces import Written, trace_condition, trace_of
from tests.operations.conftest import Shop
from tests.support.http.gateway import Reply


def traced(tables: DynamoDBClient, shop: Shop, reply: Reply) -> list[Written]:
    """By the request's id."""
    found = tables.query(TableName="ReceiptsTable", **trace_condition(shop.enterprise, reply.request_id))
    return [each for row in found["Items"] for each in trace_of(row)]
