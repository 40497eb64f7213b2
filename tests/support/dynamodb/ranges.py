"""DynamoDB refuses a range that ends before it begins. In memory nothing would be found, so it fails here at once."""

from __future__ import annotations

import re
from typing import Any

from botocore.client import BaseClient

from tests.support.dynamodb.in_memory_client import InMemory

_RANGE = re.compile(r"BETWEEN (:\w+) AND (:\w+)")


def install() -> None:
    """Hold every client of this process to it."""
    for each in (BaseClient, InMemory):
        _hold(each)


def _hold(any_client: Any) -> None:
    call = any_client._make_api_call

    def held(client: Any, operation: str, said: Any) -> Any:
        if operation == "Query" and (found := _RANGE.search(said["KeyConditionExpression"])):
            first, last = (said["ExpressionAttributeValues"][each]["S"] for each in found.groups())
            assert first <= last, f"the range from {first} to {last} ends before it begins"
        return call(client, operation, said)

    any_client._make_api_call = held
