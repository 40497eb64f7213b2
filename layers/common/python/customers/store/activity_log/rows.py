"""The rows of the Activity table, and their writes.

The key is the enterprise and the entry's id. Four indexes sort the entries by time: those of the enterprise, of a
customer, of a subject and of an operation.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from customers.domain.activity_log import IDS, ActivityEntry
from customers.domain.instants import sortable_instant
from customers.store.customers.copy_leads import lead
from customers.store.dynamodb.items import Item, instant_of
from customers.store.dynamodb.transactions import put, update

INDEXES = {None: "by_enterprise", "customer_id": "by_customer", "subject": "by_subject", "operation": "by_operation"}
"""The index for each kind of page."""
_KEYS = {None: "enterprise", "customer_id": "customer_key", "subject": "subject_key", "operation": "operation_key"}
CUSTOMERS = ("customer_id", "absorbed_customer_id", "other_customer_id")
"""The ids of an entry that are of customers."""
_TEXTS = ("operation", "issuer", "subject", "jti", "request_id", "outcome")


def activity_writes(enterprise: str, entry: ActivityEntry | None) -> list[Any]:
    """For the transaction of the effect, to `ACTIVITY_TABLE`. Empty if the request leaves no entry.

    It replaces the note of a request that seemed to have failed. A reason about customers has a row more for each of
    them, by which an erasure finds it. The transaction must fail if one of them is erased.
    """
    if entry is None:
        return []
    table = os.environ["ACTIVITY_TABLE"]
    written = _poll(enterprise, entry) if entry.job else put(table, activity_row(enterprise, entry))
    return [written, *_leads(enterprise, entry)]


def activity_note(enterprise: str, entry: ActivityEntry) -> list[Any]:
    """For a request without effect. The condition of the first write fails if the entry exists: then the effect has
    been committed.
    """
    if entry.job:
        return activity_writes(enterprise, entry)
    row = activity_row(enterprise, entry)
    return [put(os.environ["ACTIVITY_TABLE"], row, "attribute_not_exists(pk)"), *_leads(enterprise, entry)]


def _leads(enterprise: str, entry: ActivityEntry) -> list[Any]:
    if entry.reason is None:
        return []
    table, pk = os.environ["RECEIPTS_TABLE"], activity_key(enterprise, entry.kept_under)["pk"]["S"]
    until = entry.at + _kept()
    return [lead(table, enterprise, each, "activity", pk, until) for each in customers_of(entry)]


def customers_of(entry: ActivityEntry) -> list[str]:
    """The ids of the customers whom an entry is about."""
    return [entry.ids[name] for name in CUSTOMERS if name in entry.ids]


def _poll(enterprise: str, entry: ActivityEntry) -> Any:
    """Counts in the entry of its job."""
    table, row = os.environ["ACTIVITY_TABLE"], activity_row(enterprise, entry)
    key = {"pk": row.pop("pk")}
    for name in ("count", "last_at", "id"):
        row.pop(name)
    first = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in row)
    values = {f":{name}": value for name, value in row.items()}
    return update(
        table,
        key,
        f"SET {first}, last_at = :now, id = :id ADD #count :one",
        # The id is that of the last poll: a repeated write of the same poll counts once.
        "attribute_not_exists(id) OR id <> :id",
        {**values, ":now": {"S": sortable_instant(entry.at)}, ":id": {"S": entry.id}, ":one": {"N": "1"}},
        {f"#{name}": name for name in (*row, "count")},
    )


def activity_key(enterprise: str, kept_under: str) -> Item:
    return {"pk": {"S": f"{enterprise}#{kept_under}"}}


def index_key(enterprise: str, by: str | None, value: str) -> tuple[str, str]:
    """The partition key's name and value in the index for `by`."""
    return _KEYS[by], f"{enterprise}#{value}" if by else enterprise


def _kept() -> timedelta:
    return timedelta(days=int(os.environ["ACTIVITY_DAYS"]))


def activity_row(enterprise: str, entry: ActivityEntry) -> Item:
    kept_until = entry.at + _kept()
    row = {
        **activity_key(enterprise, entry.kept_under),
        "enterprise": {"S": enterprise},
        "place": {"S": f"{sortable_instant(entry.at)}#{entry.kept_under}"},
        "subject_key": {"S": f"{enterprise}#{entry.subject}"},
        "operation_key": {"S": f"{enterprise}#{entry.operation}"},
        "id": {"S": entry.id},
        "at": {"S": sortable_instant(entry.at)},
        "last_at": {"S": sortable_instant(entry.last_at or entry.at)},
        "status": {"N": str(entry.status)},
        "count": {"N": str(entry.count)},
        "ttl": {"N": str(int(kept_until.timestamp()))},
        **{name: {"S": getattr(entry, name)} for name in _TEXTS},
        **{name: {"S": entry.ids[name]} for name in IDS if name in entry.ids},
    }
    if "customer_id" in entry.ids:
        row["customer_key"] = {"S": f"{enterprise}#{entry.ids['customer_id']}"}
    if entry.reason is not None:
        row["reason"] = {"S": entry.reason}
    return row


def entry_of(row: Mapping[str, Any]) -> ActivityEntry:
    """The inverse of `activity_row`, by the id under which it is kept."""
    texts: dict[str, Any] = {name: row[name]["S"] for name in _TEXTS}
    return ActivityEntry(
        id=row["pk"]["S"].partition("#")[2],
        at=_instant(row, "at"),
        last_at=_instant(row, "last_at"),
        reason=row["reason"]["S"] if "reason" in row else None,
        ids={name: row[name]["S"] for name in IDS if name in row},
        status=int(row["status"]["N"]),
        count=int(row["count"]["N"]),
        **texts,
    )


def _instant(row: Mapping[str, Any], name: str) -> datetime:
    at = instant_of(row, name)
    assert at  # noqa: S101 - every row has it
    return at
