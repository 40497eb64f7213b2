"""Which copies of customers' data lie in the tables, and whether a row leads to each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from customers.store.customers.copy_leads import KINDS, LINGERS, Copies, copies_partition
from tests.support.dynamodb import in_memory

TABLES: dict[Copies, str] = {
    "answers": "ReceiptsTable",
    "sessions": "SessionsTable",
    "links": "VerificationsTable",
    "activity": "ActivityTable",
}


def copies(enterprise: str) -> Iterator[tuple[Copies, str, dict[str, Any]]]:
    """Each copy of an enterprise's customers, with the id of a customer whom it is about."""
    for kind in KINDS:
        for row in in_memory.all_rows(TABLES[kind]):
            if row.get("enterprise", {"S": row["pk"]["S"].partition("#")[0]})["S"] == enterprise:
                yield from ((kind, customer_id, row) for customer_id in _about(kind, row))


def _about(kind: Copies, row: dict[str, Any]) -> list[str]:
    if kind in ("answers", "sessions"):
        # A lead has no such attribute.
        return [row["customer_key"]["S"].partition("#")[2]] if "customer_key" in row else []
    names = ("customer_id", "absorbed_customer_id", "other_customer_id") if kind == "links" or "reason" in row else ()
    return [row[name]["S"] for name in names if name in row]


def counted(enterprise: str) -> Counter[Copies]:
    return Counter(kind for kind, _, _ in copies(enterprise))


def unled(enterprise: str) -> list[tuple[Copies, str]]:
    """The copies that an erasure would not find, or not as long as they are there."""
    leads = {(row["pk"]["S"], row["sk"]["S"]): int(row["ttl"]["N"]) for row in in_memory.all_rows("ReceiptsTable")}
    lost = []
    for kind, customer_id, row in copies(enterprise):
        until = leads.get((copies_partition(enterprise, customer_id), f"{kind}#{row['pk']['S']}"), 0)
        if until < int(row["ttl"]["N"]) + LINGERS.total_seconds():
            lost.append((kind, row["pk"]["S"]))
    return lost
