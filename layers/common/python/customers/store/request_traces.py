"""What a request wrote: a row in the Receipts table, for an operator who has the request's id.

It is committed with what it describes. It has kinds of rows, ids of our own and instants; never a phone, a name, a
provider id or a caller's key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from customers.current_request import current_request
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put

KEPT = timedelta(days=30)
"""As long as log lines and the feed of events."""
_OWN_ID = r"[a-z]{3}_(?:escalated_)?[0-9a-f]{32}"
_INSTANT = r"\d{4}-\d\d-\d\dT[\d:.]+Z"
_WORD = (
    "absorbed|activity|answer|answers|copies|customer|departed|erased|export|former|freed|holdings|last|ledger|links|"
    "not_the_same|outbox|part|pointer|provider|sessions|tenures|verification|waiting"
)
_SHOWN = re.compile(f"{_OWN_ID}|{_INSTANT}|{_WORD}")
_HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Written:
    """One write of a transaction. In `key`, what could name a person is `…`."""

    table: str
    action: str
    key: str
    type: str = ""
    """Of an event or a ledger entry."""

    def __str__(self) -> str:
        return f"{self.table} {self.action} {self.key} {self.type}".rstrip()


def traced(enterprise: str, writes: list[Any]) -> list[Any]:
    """These writes and, while a request is answered, the row that describes them. It comes last."""
    request_id = current_request()
    if request_id is None:
        return writes
    now = datetime.now(UTC)
    row = {
        **_partition(enterprise, request_id),
        # A request that commits twice has two rows.
        "sk": {"S": f"trace#{sortable_instant(now)}"},
        "wrote": {"S": "\n".join(map(str, _described(writes)))},
        "ttl": {"N": str(int((now + KEPT).timestamp()))},
    }
    return [*writes, put(os.environ["RECEIPTS_TABLE"], row)]


def trace_condition(enterprise: str, request_id: str) -> dict[str, Any]:
    """For a query of the Receipts table: all traces of a request, oldest first."""
    values = {":pk": _partition(enterprise, request_id)["pk"]}
    return {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values, "ConsistentRead": True}


def trace_of(row: Item) -> list[Written]:
    return [Written(*line.split(" ")) for line in row["wrote"]["S"].splitlines()]


def _partition(enterprise: str, request_id: str) -> Item:
    # No operation has this name, so no idempotency record is in such a partition.
    return {"pk": {"S": f"{enterprise}#request#{request_id}"}}


def _described(writes: list[Any]) -> Iterator[Written]:
    tables = {name: role.removesuffix("_TABLE").lower() for role, name in os.environ.items() if role.endswith("_TABLE")}
    for write in writes:
        ((action, what),) = write.items()
        if action != "ConditionCheck":
            item = what["Item"] if action == "Put" else what["Key"]
            kind = item["type"]["S"] if "type" in item else ""
            yield Written(tables[what["TableName"]], action.lower(), _key(item), kind)


def _key(item: Item) -> str:
    """The key without the enterprise, which it begins with. That of a link is the hash of its token alone."""
    parts = item["pk"]["S"].split("#")[1:] or [_HIDDEN]
    parts += item["sk"]["S"].split("#") if "sk" in item else []
    return "#".join(part if _SHOWN.fullmatch(part) else _HIDDEN for part in parts)
