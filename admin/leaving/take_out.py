"""Write everything of an enterprise into a folder: settings, people, ledgers, erasures. Change nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from admin.leaving.files import Files
from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from admin.stack.store import rebuild_of
from commands.arguments import ENTERPRISE
from customers.domain.instants import sortable_instant
from customers.store.customers.customers_by_id import CustomersById, entry_of
from customers.store.dynamodb import reads
from customers.store.export.export_source import ExportSource
from customers.store.records.ledger_rows import LEDGER
from customers.wire.export.exported import files_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOT_TAKEN = "activity.jsonl"
"""The activity log is the system's own: `GET /activity` pages through it."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprise", type=ENTERPRISE, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="a new folder")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """Always 0. Raises `Refusal`, and leaves a folder without a manifest, if customers came or went meanwhile."""
    client: DynamoDBClient = stack.client("dynamodb")
    with Files(chosen.folder) as files:
        taking = TakeOut(stack, client, chosen.enterprise, files)
        if not files.write("enterprise.jsonl", taking.rows("enterprises", chosen.enterprise)):
            raise Refusal(f"There is no enterprise {chosen.enterprise}")
        files.write("erasures.jsonl", taking.rows("erasures", chosen.enterprise))
        ids = set(rebuild_of(stack).customer_ids(chosen.enterprise))
        for customer_id in tqdm(sorted(ids), desc="Taking out", unit=" customers"):
            taking.customer(customer_id)
        if set(rebuild_of(stack).customer_ids(chosen.enterprise)) != ids:
            raise Refusal("Customers came or went meanwhile: stop the publishers, and take all out into a new folder")
        counts = taking.counts
        files.finish({"enterprise_id": chosen.enterprise, "taken_at": sortable_instant(taking.now), **counts})
    print(f"{counts['customers']:,} customers, {counts['erased']:,} erased ones, {counts['entries']:,} ledger entries")
    print(f"Complete: {chosen.folder}. It holds phones and names: keep it as you keep those")
    return 0


class TakeOut:
    """The reads, strongly consistent, customer by customer."""

    def __init__(self, stack: Stack, client: DynamoDBClient, enterprise: str, files: Files) -> None:
        self._client, self._tables, self._enterprise, self._files = client, stack.tables, enterprise, files
        self._customers = CustomersById(client, stack.tables["customers"], stack.tables["records"])
        self._source = ExportSource(client, stack.tables["records"])
        self.now = datetime.now(UTC)
        self.counts = {"customers": 0, "erased": 0, "entries": 0}

    def rows(self, role: str, pk: str) -> Iterator[dict[str, Any]]:
        """The rows of a partition, as plain JSON."""
        query = reads.query_all(
            self._client, TableName=self._tables[role], **reads.key_is("pk", pk), ConsistentRead=True
        )
        for row in query:
            yield {name: _plain(value) for name, value in row.items()}

    def customer(self, customer_id: str) -> None:
        """The lines of the customer's own export, each with the id. Of an erased one the ledger that is kept."""
        profile = self._customers.find(self._enterprise, customer_id)
        if profile is None:
            self.counts["erased"] += 1
            self.counts["entries"] += self._files.write("erased_ledger.jsonl", self._kept(customer_id))
            return
        self.counts["customers"] += 1
        for name, lines in files_of(self._source.in_pages(self._enterprise, profile), self.now):
            if name != NOT_TAKEN:
                written = self._files.write(name, ({"customer_id": customer_id, **line} for line in lines))
                self.counts["entries"] += written if name in ("ledger.jsonl", "events.jsonl") else 0

    def _kept(self, customer_id: str) -> Iterator[dict[str, Any]]:
        key = reads.key_is("pk", f"{self._enterprise}#{customer_id}", LEDGER)
        for row in reads.query_all(self._client, TableName=self._tables["records"], **key, ConsistentRead=True):
            entry = entry_of(row)
            about = {"id": entry.order.fact_id, "type": entry.type, "detail": dict(entry.detail)}
            yield {"customer_id": customer_id, **about, "occurred_at": sortable_instant(entry.order.occurred_at)}


def _plain(value: Any) -> Any:
    """A value as DynamoDB writes it, in plain JSON. No row of these tables has bytes."""
    ((kind, held),) = value.items()
    match kind:
        case "N":
            return float(held) if "." in held else int(held)
        case "L":
            return [_plain(each) for each in held]
        case "M":
            return {name: _plain(each) for name, each in held.items()}
        case "SS":
            return sorted(held)
        case _:
            return held
