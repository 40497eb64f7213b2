"""Make the stack's rows those of restored tables, PREFIX-customers and so on. Then search and stats are reconciled."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from tqdm import tqdm

from admin.restore import consumers, rows
from admin.stack.location import Stack
from admin.stack.queues import batches, send
from admin.stack.refusal import Refusal
from admin.stack.store import registry_of
from customers.domain.stats.customer_refs import buckets
from customers.store.aws.messages import message_of
from customers.store.events.feed_rows import is_feed_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RESTORED = ("customers", "records", "enterprises", "derived", "receipts", "sessions", "verifications")
"""Without the erasures, which say who must be erased again, and without the activity log, which only grows. Rows of the
feed stay as well: their events have been published, and a number that a reader has passed must not come again.
"""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prefix", required=True, help="how the restored tables' names begin")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """Always 0. A second run finds nothing to write."""
    consumers.require_stopped(stack)
    client: DynamoDBClient = stack.client("dynamodb")
    sources = {role: f"{chosen.prefix}-{role}" for role in RESTORED}
    _require(client, list(sources.values()))
    for role, source in tqdm(sources.items(), desc="Restoring", unit=" tables"):
        done = rows.copy(client, source, stack.tables[role], *([is_feed_row] if role == "derived" else []))
        tqdm.write(f"{role}: {done.written:,} rows written, {done.deleted:,} deleted, {done.equal:,} equal")
    waiting = [message_of(bucket) for name, _ in registry_of(stack).enterprises() for bucket in buckets(name)]
    for batch in batches(waiting, body=str):
        send(stack.client("sqs"), stack.queues["changes"], batch)
    print(f"{len(waiting):,} parts of the customers wait to be reconciled: make start-consumers")
    return 0


def _require(client: DynamoDBClient, tables: list[str]) -> None:
    """All of them must be there before a row is written."""
    lacking = []
    for table in tables:
        try:
            if client.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
                lacking.append(f"{table} (not yet active)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            lacking.append(table)
    if lacking:
        raise Refusal(
            f"There is no {', '.join(lacking)}: restore the tables under these names first. Nothing was written"
        )
