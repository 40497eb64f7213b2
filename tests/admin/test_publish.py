"""make publish: the publisher is told of every outbox in which something waits."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from admin.__main__ import main
from admin.stack.location import Stack
from customers.domain.events.published import BusEvent
from customers.store.events.outbox import outbox_row
from tests.support.books import DERIVED, RECORDS
from tests.support.facts import NOON

CUSTOMERS = 23


@pytest.fixture
def stack(tables: DynamoDBClient, enterprise: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack of which some customers have something waiting, the first one twice."""
    for number in range(CUSTOMERS + 1):
        event = BusEvent(f"evt_{number}", "customer.event_recorded", NOON, {"event_id": f"evt_{number}"})
        tables.put_item(TableName=RECORDS, Item=outbox_row(enterprise, f"usr_{max(number, 1)}", event))
    queue = boto3.client("sqs").create_queue(QueueName=f"outbox-{enterprise}")["QueueUrl"]
    tables_of = {"records": RECORDS, "derived": DERIVED}
    made = Stack("stack-1", "customers-test", enterprise, {"outbox": queue}, tables_of, tmp_path, boto3.Session())
    monkeypatch.setattr("admin.stack.location.find", lambda _name: made)
    return made


def told(stack: Stack) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    while (
        messages := boto3.client("sqs")
        .receive_message(QueueUrl=stack.queues["outbox"], MaxNumberOfMessages=10)
        .get("Messages")
    ):
        found += [json.loads(each["Body"]) for each in messages]
    return found


def test_the_publisher_is_told_once_of_every_outbox_in_which_something_waits(
    stack: Stack, enterprise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish"]) == 0
    assert f"{CUSTOMERS} outboxes are being emptied\n" in capsys.readouterr().out
    expected = [{"enterprise": enterprise, "customer_id": f"usr_{number}"} for number in range(1, CUSTOMERS + 1)]
    assert sorted(told(stack), key=lambda each: int(each["customer_id"][4:])) == expected
