"""make request: one request's log lines, writes, events, activity entry and erasure, and nothing of another's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from admin.__main__ import main
from admin.stack import request
from admin.stack.location import Stack
from customers.current_request import answering
from customers.domain.activity_log import ActivityEntry, entry_id
from customers.store.activity_log.rows import activity_row, activity_writes
from customers.store.dynamodb.transactions import put
from customers.store.erasure.rows import erasure_key
from customers.store.records.keys import record_key
from customers.store.request_traces import traced

ID, OTHER, THIRD = (f"{each}7824599-69f1-4443-b7af-9a342bb5af0f" for each in (7, 1, 3))
ERASURE = "era_1"
CUSTOMER, EVENT = "usr_" + "c" * 32, "outbox#2026-06-05T09:10:00.000000Z#evt_" + "e" * 32
ENTRY = ActivityEntry(
    id=entry_id(ID),
    at=datetime(2026, 6, 5, 9, 10, tzinfo=UTC),
    operation="erase",
    issuer="https://identity.test",
    subject="officer-1",
    jti="token-1",
    request_id=ID,
    ids={"erasure_id": ERASURE, "customer_id": "usr_1"},
)
TABLES = {
    "activity": "ActivityTable",
    "erasures": "ErasuresTable",
    "receipts": "ReceiptsTable",
    "records": "RecordsTable",
}


@pytest.fixture
def stack(tables: DynamoDBClient, enterprise: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack with two erasures, each with its log line and its entry."""
    monkeypatch.setenv("ACTIVITY_DAYS", "400")
    for entry in (ENTRY, replace(ENTRY, id=entry_id(OTHER), request_id=OTHER, subject="officer-2")):
        tables.put_item(TableName="ActivityTable", Item=activity_row(enterprise, entry))
    row = {**erasure_key(enterprise, ERASURE), "status": {"S": "done"}}
    tables.put_item(TableName="ErasuresTable", Item=row)
    event = {**record_key(enterprise, CUSTOMER, EVENT), "type": {"S": "customer.erased"}, "detail": {"S": "{}"}}
    with answering(ID):
        tables.transact_write_items(TransactItems=traced(enterprise, [put("RecordsTable", event)]))
    made = Stack("stack-1", "customers-test", "bus", {}, TABLES, tmp_path, boto3.Session())
    monkeypatch.setattr("admin.stack.location.find", lambda _name: made)
    return made


@pytest.fixture
def logs(tables: DynamoDBClient, enterprise: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lines of both requests in the stack's group."""
    client = boto3.client("logs")
    client.create_log_group(logGroupName="group")
    client.create_log_stream(logGroupName="group", logStreamName="stream")
    now = int(time.time() * 1000)
    lines = [f'{{"enterprise_id":"{enterprise}","operation":"erase","request_id":"{each}"}}' for each in (OTHER, ID)]
    events = [{"timestamp": now + at, "message": line} for at, line in enumerate(lines)]
    client.put_log_events(logGroupName="group", logStreamName="stream", logEvents=events)
    monkeypatch.setattr(request, "_groups", lambda _stack, _logs: ["group"])
    yield
    client.delete_log_group(logGroupName="group")


def test_one_requests_lines_writes_entry_and_erasure_are_shown(
    stack: Stack, logs: None, enterprise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["request", "--id", ID]) == 0
    shown = capsys.readouterr().out
    assert f'"operation":"erase","request_id":"{ID}"}}' in shown
    assert f"records put {CUSTOMER}#{EVENT} customer.erased" in shown
    assert "Event customer.erased: waits in the outbox" in shown
    assert '"subject": "officer-1"' in shown
    assert '"erasure_id": "era_1"' in shown
    assert "Erasure: done" in shown
    assert OTHER not in shown
    assert "officer-2" not in shown


def test_an_event_that_has_left_the_outbox_is_published(
    stack: Stack, logs: None, tables: DynamoDBClient, enterprise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.delete_item(TableName="RecordsTable", Key=record_key(enterprise, CUSTOMER, EVENT))
    assert main(["request", "--id", ID]) == 0
    assert "Event customer.erased: published" in capsys.readouterr().out


def test_without_a_log_line_the_enterprise_must_be_said(
    stack: Stack, enterprise: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(request, "_groups", lambda _stack, _logs: [])
    assert main(["request", "--id", ID]) == 1
    assert "add ENTERPRISE=" in capsys.readouterr().out
    assert main(["request", "--id", ID, "--enterprise", enterprise]) == 0
    assert "Erasure: done" in capsys.readouterr().out


def test_a_request_of_a_shared_entry_finds_it_by_what_it_wrote(
    stack: Stack, logs: None, tables: DynamoDBClient, enterprise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    poll = replace(ENTRY, request_id=THIRD, subject="officer-3").polling("job-1")
    with answering(THIRD):
        tables.transact_write_items(TransactItems=traced(enterprise, activity_writes(enterprise, poll)))
    assert main(["request", "--id", THIRD, "--enterprise", enterprise]) == 0
    assert '"subject": "officer-3"' in capsys.readouterr().out


def test_an_unknown_request_is_said_to_be_unknown(
    stack: Stack, logs: None, enterprise: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["request", "--id", "no-such-request", "--enterprise", enterprise]) == 1
    assert "It wrote nothing" in capsys.readouterr().out
