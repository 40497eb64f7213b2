"""What is noted of a customer's exports, in the table of records: the latest, finished or being prepared."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.events.published import exported
from customers.domain.export import Export, Making, Preparing
from customers.domain.instants import sortable_instant
from customers.store.customers.rows import Item
from customers.store.dynamodb import dynamo
from customers.store.dynamodb.transactions import put, require
from customers.store.events.outbox import outbox_row
from customers.store.records import record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXPORT = "export"
"""The sort key of the note."""


class Exports:
    """One row of a customer, which each export writes anew. The files lie in a bucket, under keys made of ids."""

    def __init__(self, client: DynamoDBClient, records: str) -> None:
        self._client = client
        self._records = records

    @classmethod
    def connect(cls) -> Exports:
        """The table named by `RECORDS_TABLE`."""
        return cls(dynamo.connect(), os.environ["RECORDS_TABLE"])

    def latest(self, enterprise: str, customer_id: str) -> Export | Preparing | None:
        """Strongly consistent, one request."""
        with dynamo.answering():
            answer = self._client.get_item(
                TableName=self._records, Key=record_key(enterprise, customer_id, EXPORT), ConsistentRead=True
            )
        return _noted(answer["Item"]) if "Item" in answer else None

    def prepare(self, enterprise: str, customer_id: str, job: str, instead_of: Export | Preparing | None) -> None:
        """Note that the workflow makes one. Raises `Conflict` where something else than was read is noted by now."""
        row = {**record_key(enterprise, customer_id, EXPORT), "job": {"S": job}}
        dynamo.commit(self._client, [put(self._records, row, *_as_read(instead_of))])

    def finish(self, making: Making, export: Export) -> None:
        """Note a file that is whole, and tell others of it, in one transaction.

        Raises `Conflict` where the customer has been erased or has got another phone meanwhile, or the job that it was
        made for has been replaced by another.
        """
        enterprise, profile = making.enterprise, making.profile
        row = _row(enterprise, profile.customer_id, export)
        told = exported(enterprise, profile.customer_id, export)
        writes = [
            require(
                self._records,
                record_key(enterprise, profile.customer_id, "pointer"),
                "#phone = :phone",
                {":phone": {"S": profile.phone.e164}},
                {"#phone": "phone"},
            ),
            put(self._records, row, *(_as_read(Preparing(making.job)) if making.job else ())),
            put(self._records, outbox_row(enterprise, profile.customer_id, told)),
        ]
        dynamo.commit(self._client, writes)


def object_key(enterprise: str, customer_id: str, export_id: str) -> str:
    """Where an export's file lies: all of one customer's below one beginning, and no personal data in it."""
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


def _noted(row: Item) -> Export | Preparing:
    """The inverse of `_row`; a row without a file is of one that is being prepared."""
    if "export_id" not in row:
        return Preparing(row["job"]["S"])
    return Export(
        id=row["export_id"]["S"],
        version=int(row["customer_version"]["N"]),
        created_at=datetime.fromisoformat(row["created_at"]["S"]).astimezone(UTC),
        size_bytes=int(row["size_bytes"]["N"]),
        sha256=row["sha256"]["S"],
        job=row["job"]["S"] if "job" in row else None,
    )


def _as_read(noted: Export | Preparing | None) -> tuple[Any, ...]:
    """The condition that it is still what is noted, and its values."""
    match noted:
        case None:
            return ("attribute_not_exists(pk)",)
        case Preparing(job=job):
            return "attribute_not_exists(export_id) AND job = :job", {":job": {"S": job}}
        case Export(id=export_id):
            return "export_id = :export", {":export": {"S": export_id}}
