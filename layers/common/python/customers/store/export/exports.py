"""The latest export of a customer, finished or being prepared, as noted in the Records table."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.activity_log import ActivityEntry
from customers.domain.events.published import exported
from customers.domain.export import Export, ExportJob, PendingExport
from customers.domain.instants import sortable_instant
from customers.store.activity_log.rows import activity_writes
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put, require
from customers.store.events.outbox import outbox_row
from customers.store.records.keys import record_key
from customers.store.request_traces import traced

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXPORT = "export"
"""The sort key of the row."""


class Exports:
    """One row for each customer, overwritten by each export. The files lie in a bucket, under keys made of ids."""

    def __init__(self, client: DynamoDBClient, records: str) -> None:
        self._client = client
        self._records = records

    @classmethod
    def connect(cls) -> Exports:
        """The table named by `RECORDS_TABLE`."""
        return cls(connect(), os.environ["RECORDS_TABLE"])

    def latest(self, enterprise: str, customer_id: str) -> Export | ExportJob | None:
        """Strongly consistent, one request. Raises `Unavailable`."""
        row = reads.get(self._client, self._records, record_key(enterprise, customer_id, EXPORT))
        return _noted(row) if row else None

    def prepare(
        self,
        enterprise: str,
        customer_id: str,
        job: str,
        instead_of: Export | ExportJob | None,
        entry: ActivityEntry | None = None,
    ) -> None:
        """Note that the workflow makes one, and who requested it.

        Raises `Unavailable`, and `Conflict` unless the row is `instead_of`, or where the customer has been erased.
        """
        row = {**record_key(enterprise, customer_id, EXPORT), "job": {"S": job}}
        pointer = record_key(enterprise, customer_id, "pointer")
        writes = [
            put(self._records, row, *_as_read(instead_of)),
            require(self._records, pointer, "attribute_exists(#phone)", names={"#phone": "phone"}),
            *activity_writes(enterprise, entry),
        ]
        transactions.commit(self._client, traced(enterprise, writes))

    def finish(self, pending: PendingExport, export: Export) -> None:
        """Note a complete file and its event, in one transaction.

        Raises `Conflict` where the customer has been erased or has got another phone meanwhile, or where another job
        has replaced this one; and `Unavailable`.
        """
        enterprise, profile = pending.enterprise, pending.profile
        row = _row(enterprise, profile.customer_id, export)
        event = exported(enterprise, profile.customer_id, export)
        writes = [
            require(
                self._records,
                record_key(enterprise, profile.customer_id, "pointer"),
                "#phone = :phone",
                {":phone": {"S": profile.phone.e164}},
                {"#phone": "phone"},
            ),
            put(self._records, row, *(_as_read(ExportJob(pending.job)) if pending.job else ())),
            put(self._records, outbox_row(enterprise, profile.customer_id, event)),
            *activity_writes(enterprise, _entry(pending, export)),
        ]
        transactions.commit(self._client, traced(enterprise, writes))


def _entry(pending: PendingExport, export: Export) -> ActivityEntry | None:
    return pending.entry and pending.entry.ended("done", 200, {"export_id": export.id})


def object_key(enterprise: str, customer_id: str, export_id: str) -> str:
    """The key of an export's file. All files of a customer have the same prefix, without personal data."""
    return f"{enterprise}/{customer_id}/{export_id}.zip"


def _row(enterprise: str, customer_id: str, export: Export) -> Item:
    row = {
        **record_key(enterprise, customer_id, EXPORT),
        "export_id": {"S": export.id},
        "customer_version": {"N": str(export.version)},
        "created_at": {"S": sortable_instant(export.created_at)},
        "size_bytes": {"N": str(export.size_bytes)},
        "sha256": {"S": export.sha256},
    }
    return {**row, "job": {"S": export.job}} if export.job else row


def _noted(row: Item) -> Export | ExportJob:
    """The inverse of `_row`. A row without a file is an export that is being prepared."""
    if "export_id" not in row:
        return ExportJob(row["job"]["S"])
    return Export(
        id=row["export_id"]["S"],
        version=int(row["customer_version"]["N"]),
        created_at=datetime.fromisoformat(row["created_at"]["S"]).astimezone(UTC),
        size_bytes=int(row["size_bytes"]["N"]),
        sha256=row["sha256"]["S"],
        job=row["job"]["S"] if "job" in row else None,
    )


def _as_read(noted: Export | ExportJob | None) -> tuple[Any, ...]:
    """The condition that the row is unchanged, and its values."""
    match noted:
        case None:
            return ("attribute_not_exists(pk)",)
        case ExportJob(job=job):
            return "attribute_not_exists(export_id) AND job = :job", {":job": {"S": job}}
        case Export(id=export_id):
            return "export_id = :export", {":export": {"S": export_id}}
