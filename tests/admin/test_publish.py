"""make publish: what was committed and still waits is published, or it is said why not."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from admin.__main__ import main
from admin.stack.location import Stack
from customers.domain.events.published import BusEvent
from customers.store.events.outbox import outbox_row
from tests.support.books import RECORDS
from tests.support.facts import NOON


@pytest.fixture
def stack(tables: DynamoDBClient, enterprise: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack of which two customers have something waiting, and no bus yet."""
    for customer, number in (("usr_1", 1), ("usr_1", 2), ("usr_2", 3)):
        event = BusEvent(f"evt_{number}", "customer.event_recorded", NOON, {"event_id": f"evt_{number}"})
        tables.put_item(TableName=RECORDS, Item=outbox_row(enterprise, customer, event))
    made = Stack("stack-1", "customers-test", enterprise, {}, {"records": RECORDS}, tmp_path, boto3.Session())
    monkeypatch.setattr("admin.stack.location.find", lambda _name: made)
    return made


def waiting(client: DynamoDBClient) -> int:
    return client.scan(TableName=RECORDS)["Count"]


def test_what_waits_is_published_once_the_bus_takes_it(
    stack: Stack, tables: DynamoDBClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish"]) == 1
    printed = capsys.readouterr().out
    assert "0 outboxes emptied, 2 failed: run it again" in printed
    assert "PutEvents" in printed
    assert waiting(tables) == 3
    boto3.client("events").create_event_bus(Name=stack.bus)
    assert main(["publish"]) == 0
    assert "2 outboxes emptied\n" in capsys.readouterr().out
    assert waiting(tables) == 0
    assert main(["publish"]) == 0
    assert "0 outboxes emptied\n" in capsys.readouterr().out
