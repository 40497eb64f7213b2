"""make request: one request's log lines, its activity entry and its erasure, and nothing of another's."""

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
from customers.domain.activity_log import ActivityEntry
from customers.store.activity_log.rows import activity_row
from customers.store.erasure.rows import erasure_key

ID, OTHER, ERASURE = "77824599-69f1-4443-b7af-9a342bb5af0f", "11824599-69f1-4443-b7af-9a342bb5af0f", "era_1"
ENTRY = ActivityEntry(
    id="act_1",
    at=datetime(2026, 6, 5, 9, 10, tzinfo=UTC),
    operation="erase",
    issuer="https://identity.test",
    subject="officer-1",
    jti="token-1",
    request_id=ID,
    ids={"erasure_id": ERASURE, "customer_id": "usr_1"},
)
TABLES = {"activity": "ActivityTable", "erasures": "ErasuresTable"}


@pytest.fixture
def stack(tables: DynamoDBClient, enterprise: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack with two erasures, each with its log line and its entry."""
    monkeypatch.setenv("ACTIVITY_DAYS", "400")
    for entry in (ENTRY, replace(ENTRY, id="act_2", request_id=OTHER, subject="officer-2")):
        tables.put_item(TableName="ActivityTable", Item=activity_row(enterprise, entry))
    row = {**erasure_key(enterprise, ERASURE), "status": {"S": "done"}}
    tables.put_item(TableName="ErasuresTable", Item=row)
    made = Stack("stack-1", "customers-test", "bus", {}, TABLES, tmp_path, boto3.Session())
    monkeypatch.setattr("admin.stack.location.find", lambda _name: made)
    return made


@pytest.fixture
def logs(tables: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lines of both requests in the stack's group."""
    client = boto3.client("logs")
    client.create_log_group(logGroupName="group")
    client.create_log_stream(logGroupName="group", logStreamName="stream")
    now = int(time.time() * 1000)
    lines = [f'{{"operation":"erase","request_id":"{each}"}}' for each in (OTHER, ID)]
    events = [{"timestamp": now + at, "message": line} for at, line in enumerate(lines)]
    client.put_log_events(logGroupName="group", logStreamName="stream", logEvents=events)
    monkeypatch.setattr(request, "_groups", lambda _stack, _logs: ["group"])
    yield
    client.delete_log_group(logGroupName="group")


def test_one_requests_lines_entry_and_erasure_are_shown(
    stack: Stack, logs: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["request", "--id", ID]) == 0
    shown = capsys.readouterr().out
    assert f'{{"operation":"erase","request_id":"{ID}"}}' in shown
    assert '"subject": "officer-1"' in shown
    assert '"erasure_id": "era_1"' in shown
    assert "Erasure: done" in shown
    assert OTHER not in shown
    assert "officer-2" not in shown


def test_an_unknown_request_is_said_to_be_unknown(stack: Stack, logs: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["request", "--id", "no-such-request"]) == 1
    assert "Nothing in the logs of the last 7 days" in capsys.readouterr().out
