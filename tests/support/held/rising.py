"""The number by which a writer sees that a row is another than the one that it read only ever rises.

Else a row could come to have again the number that somebody has read with other values, and that writer would take the
row for the one that it read.
"""

from __future__ import annotations

from typing import Any

from tests.support.dynamodb import in_memory
from tests.support.dynamodb.in_memory_client import InMemory


def install() -> None:
    """Hold every transaction of this process to it."""
    client: Any = InMemory
    call = client._make_api_call

    def held(self: Any, operation: str, said: Any) -> Any:
        puts = [each["Put"] for each in said.get("TransactItems", ()) if "Put" in each and _number(each["Put"])]
        before = [in_memory.row(each["TableName"], each["Item"]) for each in puts]
        answer = call(self, operation, said)
        for put, row in zip(puts, before, strict=True):
            if row and row != put["Item"]:
                _require_risen(_number(put), row, put["Item"])
        return answer

    client._make_api_call = held


def _number(put: Any) -> str:
    """The attribute with the number, if the row has one. A row about an absorbed customer has the version of that."""
    name = "version" if put["TableName"] == "CustomersTable" else "revision"
    return name if name in put["Item"] else ""


def _require_risen(name: str, before: in_memory.Row, after: in_memory.Row) -> None:
    """Each customer has a number of its own, so a row that becomes another customer's may have any."""
    if name in before and before.get("customer_id") == after.get("customer_id"):
        was, now = int(before[name]["N"]), int(after[name]["N"])
        assert now > was, f"the {name} of {after['pk']['S']} went from {was} to {now}"
