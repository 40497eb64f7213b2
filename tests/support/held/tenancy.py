"""No request to DynamoDB may name a key of another enterprise than its caller's, of a table or of an index.

While a request is answered (`answering`), every call of every DynamoDB client is looked at. `gateway.call` fails if one
is out of bounds, so all tests that send requests through it hold the operations to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient

from customers.tenant import spoken_for
from tests.support.dynamodb.in_memory_client import InMemory

INDEXED = ("customer_key", "subject_key", "operation_key", "enterprise")
"""Attributes of rows that are the partition keys of indexes."""
_PARTITION = re.compile(r"^\s*(#?\w+)\s*=\s*(:\w+)")


@dataclass
class Seen:
    """The partition keys that one caller's requests named."""

    enterprise: str
    has_tenant_role: bool = False
    """Whether AWS compares the keys with the enterprise that the function speaks for."""
    keys: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def look(self, operation: str, said: Mapping[str, Any]) -> None:
        for key in partition_keys(operation, said):
            self.keys.append(key)
            if self.has_tenant_role and spoken_for() != self.enterprise:
                self.outside.append(f"{operation}: {key}, while it speaks for {spoken_for()}")
            if key != self.enterprise and not key.startswith(f"{self.enterprise}#"):
                self.outside.append(f"{operation}: {key}")


_CALLER: ContextVar[Seen | None] = ContextVar("caller", default=None)


@contextmanager
def answering(enterprise: str | None, *, has_tenant_role: bool = False) -> Iterator[Seen]:
    """A caller without an enterprise (of a public operation) is not watched: a link's token can lead to any."""
    seen = Seen(enterprise or "", has_tenant_role)
    token = _CALLER.set(seen if enterprise else None)
    try:
        yield seen
    finally:
        _CALLER.reset(token)


def install() -> None:
    """Around every client: those of botocore and of boto3, and the lean one in memory."""

    def watch(any_client: Any) -> None:
        call = any_client._make_api_call

        def watched(client: Any, operation: str, params: Any) -> Any:
            seen = _CALLER.get()
            if seen and client.meta.service_model.service_name == "dynamodb":
                seen.look(operation, params)
            return call(client, operation, params)

        any_client._make_api_call = watched

    watch(BaseClient)
    watch(InMemory)


def partition_keys(operation: str, said: Mapping[str, Any]) -> Iterator[str]:
    """Every partition key that a request names. A scan names none."""
    match operation:
        case "GetItem" | "DeleteItem" | "UpdateItem" | "PutItem":
            yield from _of_row(said)
        case "BatchGetItem":
            for asked in said["RequestItems"].values():
                yield from (key["pk"]["S"] for key in asked["Keys"])
        case "TransactWriteItems":
            for write in said["TransactItems"]:
                for part in write.values():
                    yield from _of_row(part)
        case "Query":
            yield _queried(said)
        case _:
            yield f"a {operation}"


def _of_row(said: Mapping[str, Any]) -> Iterator[str]:
    row = said.get("Key") or said["Item"]
    yield row["pk"]["S"]
    yield from (row[name]["S"] for name in INDEXED if name in row)


def _queried(said: Mapping[str, Any]) -> str:
    found = _PARTITION.match(said["KeyConditionExpression"])
    assert found, said["KeyConditionExpression"]
    return str(said["ExpressionAttributeValues"][found[2]]["S"])
