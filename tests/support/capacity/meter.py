"""Counts what DynamoDB, SQS and EventBridge charge for: requests, units and bytes, by their published rules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.support.dynamodb.in_memory_client import InMemory
from tests.support.template.deployed import properties

READ, WRITE = 4096, 1024
"""Bytes in a unit."""
INDEXES = {
    name: [
        index["KeySchema"][0]["AttributeName"]
        if table["KeySchema"][0] != index["KeySchema"][0]
        else index["KeySchema"][1]["AttributeName"]
        for index in [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]
    ]
    for name, table in properties("AWS::DynamoDB::Table").items()
}
"""The attribute without which a row is in no index, for each index of a table."""
_TASKS = {"SendMessage": 1, "ReceiveMessage": 1, "DeleteMessage": 1, "ChangeMessageVisibility": 1}


@dataclass
class Bill:
    """`read` and `written` are request units; `requests` counts calls by service and name."""

    read: float = 0
    written: float = 0
    requests: Counter[str] = field(default_factory=Counter)


def size(item: Mapping[str, Any]) -> int:
    """The bytes of an item: names and values. A number takes half its digits, a list or a map three and one each."""
    return sum(len(name.encode()) + _of(value) for name, value in item.items())


def _of(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    if kind == "N":
        return math.ceil(len(held) / 2) + 1
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _of(each) for name, each in held.items())
    if kind == "L":
        return 3 + sum(1 + _of(each) for each in held)
    if kind in ("SS", "NS"):
        return sum(len(each) for each in held)
    return len(held.encode() if isinstance(held, str) else held) if kind in ("S", "B") else 1


@contextmanager
def metered() -> Iterator[Bill]:
    """What is charged meanwhile."""
    bill, call, prepare = Bill(), InMemory._make_api_call, BaseClient._emit_api_params  # type: ignore[attr-defined]

    def counted(client: InMemory, operation: str, params: dict[str, Any]) -> Any:
        answer = call(client, operation, params)
        bill.requests[f"dynamodb:{operation}"] += 1
        _charge(
            bill,
            lambda table, key: call(client, "GetItem", {"TableName": table, "Key": key}).get("Item", key),
            operation,
            params,
            answer,
        )
        return answer

    def noted(client: Any, api_params: dict[str, Any], operation_model: Any, **more: Any) -> Any:
        service = client.meta.service_model.service_name
        if service != "dynamodb":
            bill.requests[f"{service}:{operation_model.name}"] += 1
        return prepare(client, api_params=api_params, operation_model=operation_model, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(InMemory, "_make_api_call", counted)
        patched.setattr(BaseClient, "_emit_api_params", noted)
        yield bill


def _charge(bill: Bill, row: Any, operation: str, params: dict[str, Any], answer: Any) -> None:
    match operation:
        case "GetItem":
            bill.read += _read(size(answer.get("Item", {})), params.get("ConsistentRead"))
        case "BatchGetItem":
            for table, asked in params["RequestItems"].items():
                found = answer["Responses"].get(table, [])
                bill.read += sum(_read(size(each), asked.get("ConsistentRead")) for each in found)
                bill.read += (len(asked["Keys"]) - len(found)) * _read(0, asked.get("ConsistentRead"))
        case "Query":
            bill.read += _read(sum(map(size, answer["Items"])), params.get("ConsistentRead"))
        case "TransactWriteItems":
            for each in params["TransactItems"]:
                ((verb, write),) = each.items()
                bill.written += 2 * _written(
                    write["TableName"], write.get("Item") or row(write["TableName"], write["Key"]), verb
                )
        case "PutItem" | "UpdateItem" | "DeleteItem":
            held = params.get("Item") or row(params["TableName"], params["Key"])
            bill.written += _written(params["TableName"], held, operation.removesuffix("Item"))


def _read(size_read: int, consistent: Any) -> float:
    return max(1, math.ceil(size_read / READ)) * (1 if consistent else 0.5)


def _written(table: str, item: Mapping[str, Any], verb: str) -> int:
    """The row, and its copy in each index that has it."""
    units = max(1, math.ceil(size(item) / WRITE))
    copies = 0 if verb == "ConditionCheck" else sum(name in item for name in INDEXES[table])
    return units * (1 + copies)
