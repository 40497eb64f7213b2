"""The operations that this client carries out itself, and the parameters that it knows of each."""

from __future__ import annotations

import os
from typing import NamedTuple

_ONE = ("TableName", "Key", "ReturnConsumedCapacity", "ExpressionAttributeNames")
_WRITE = (
    "TableName",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValues",
    "ReturnConsumedCapacity",
    "ReturnItemCollectionMetrics",
    "ReturnValuesOnConditionCheckFailure",
)
_MANY = (
    "TableName",
    "IndexName",
    "Select",
    "Limit",
    "ConsistentRead",
    "ExclusiveStartKey",
    "ReturnConsumedCapacity",
    "ProjectionExpression",
    "FilterExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
)
_TOKEN = "ClientRequestToken"  # noqa: S105 - a parameter's name


class Operation(NamedTuple):
    """`changes`: it may not be sent again if it was perhaps carried out, unless a token makes the two one."""

    name: str
    known: frozenset[str]
    changes: bool = False

    @property
    def is_repeatable(self) -> bool:
        return not self.changes or self.has_token

    @property
    def has_token(self) -> bool:
        return _TOKEN in self.known

    @property
    def method(self) -> str:
        """Its name in Python."""
        return "".join(f"_{each.lower()}" if each.isupper() else each for each in self.name).lstrip("_")

    @property
    def target(self) -> str:
        return f"DynamoDB_20120810.{self.name}"


GET_ITEM = Operation("GetItem", frozenset((*_ONE, "ConsistentRead", "ProjectionExpression")))
BATCH_GET_ITEM = Operation("BatchGetItem", frozenset(("RequestItems", "ReturnConsumedCapacity")))
QUERY = Operation("Query", frozenset((*_MANY, "KeyConditionExpression", "ScanIndexForward")))
SCAN = Operation("Scan", frozenset((*_MANY, "Segment", "TotalSegments")))
PUT_ITEM = Operation("PutItem", frozenset((*_WRITE, "Item")), changes=True)
UPDATE_ITEM = Operation("UpdateItem", frozenset((*_WRITE, "Key", "UpdateExpression")), changes=True)
DELETE_ITEM = Operation("DeleteItem", frozenset((*_WRITE, "Key")), changes=True)
TRANSACT_WRITE_ITEMS = Operation(
    "TransactWriteItems",
    frozenset(("TransactItems", _TOKEN, "ReturnConsumedCapacity", "ReturnItemCollectionMetrics")),
    changes=True,
)


def with_token(operation: Operation, params: dict[str, object]) -> dict[str, object]:
    """A transaction's parameters, with a token of its own unless the caller gave one."""
    if not operation.has_token or params.get(_TOKEN) is not None:
        return params

    return {**params, _TOKEN: os.urandom(16).hex()}
