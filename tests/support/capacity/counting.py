"""The counts, on tables in memory that are there for nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import boto3
from moto import mock_aws

from tests.support.capacity.batches import Batch, batches
from tests.support.capacity.flows import bills
from tests.support.capacity.imports import Load, load
from tests.support.capacity.meter import Bill
from tests.support.exports import create_bucket
from tests.support.hash_keys import create_keys
from tests.support.tables import create_tables, dynamodb


def counted() -> tuple[Mapping[str, Bill], list[Batch], Load]:
    """What one of each flow costs, what purchases in batches cost, and what a load costs."""
    with mock_aws():
        tables = dynamodb()
        create_tables(tables)
        create_bucket()
        create_keys()
        for queue in ("ChangesQueue", "OverdrawnQueue", "OutboxQueue"):
            boto3.client("sqs").create_queue(QueueName=queue)
        boto3.client("events").create_event_bus(Name="FactsBus")
        return bills(tables), batches(tables), load(tables)
