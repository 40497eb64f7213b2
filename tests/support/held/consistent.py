"""In memory every read is of now. So a store read that may miss the last write on AWS fails here at once.

So does one of a range that ends before it begins, which DynamoDB refuses. In memory nothing would be found.
"""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import Any

from botocore.client import BaseClient

from tests.support.dynamodb.in_memory_client import InMemory
from tests.support.tables import template

MAY_LAG = ("EnterpriseStats.", "SearchIndex._terms", "DuplicateFinder._listed")
"""The stats, which name nobody, and the index of the search, whose candidates are read again: both lag anyway."""
FROM_INDEX = (
    # Reads the entries and the pointers of their customers again.
    "ActivityLog.page",
    # Goes into an export, which nobody gets whose customer is erased meanwhile.
    "ActivityLog.of_customer",
)
"""The reads of global indexes, which DynamoDB always answers with some delay. None may show a person who is erased."""
_CLIENTS = ("/botocore/", "/customers/store/dynamodb/lean/", "/in_memory_client.py", "/support/held/")
_RANGE = re.compile(r"BETWEEN (:\w+) AND (:\w+)")
_READS = ("GetItem", "BatchGetItem", "Query", "Scan")


def install() -> None:
    """Hold every client of this process to it."""
    global_indexes = {
        index["IndexName"]
        for resource in template()["Resources"].values()
        for index in resource.get("Properties", {}).get("GlobalSecondaryIndexes", ())
    }

    for each in (BaseClient, InMemory):
        _hold(each, global_indexes)


def _hold(any_client: Any, global_indexes: set[str]) -> None:
    call = any_client._make_api_call

    def held(client: Any, operation: str, said: Any) -> Any:
        if operation in _READS and _lags(said):
            asking = _asking()
            allowed = FROM_INDEX if said.get("IndexName") in global_indexes else MAY_LAG
            may_lag = not asking or any(each.startswith(allowed) for each in asking)
            assert may_lag, f"{' > '.join(asking)}: {operation} may miss a write"
        if operation == "Query" and (found := _RANGE.search(said["KeyConditionExpression"])):
            first, last = (said["ExpressionAttributeValues"][each]["S"] for each in found.groups())
            assert first <= last, f"the range from {first} to {last} ends before it begins"
        return call(client, operation, said)

    any_client._make_api_call = held


def _lags(said: Any) -> bool:
    requests = said["RequestItems"].values() if "RequestItems" in said else [said]
    return any(each.get("ConsistentRead") is not True for each in requests)


def _asking() -> list[str]:
    """The functions of the store that have led to this call, the innermost first. None where a test asks itself."""
    frame: FrameType | None = sys._getframe(2)
    while frame and any(part in frame.f_code.co_filename for part in _CLIENTS):
        frame = frame.f_back
    found = []
    while frame and "/customers/store/" in frame.f_code.co_filename:
        found.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return found
