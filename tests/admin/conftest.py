"""A stack whose queues are in memory, and a clock that nobody waits for."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from admin.facts import dead_letter_queue, folding, loading
from admin.stack import queues
from admin.stack.location import QUEUES, Stack


@dataclass
class Office:
    """The stack, and what its queues hold."""

    stack: Stack
    sqs: Any
    naps: list[float] = field(default_factory=list)

    def facts(self) -> list[str]:
        """Take everything out of the queues of facts."""
        return self._take("facts") + self._take("bulk_facts")

    def dead(self) -> list[str]:
        """Take everything out of the dead-letter queue that is there to be had."""
        return self._take("dead_facts")

    def refuse(self, body: str, **attributes: str) -> str:
        """Put a message into the dead-letter queue. Gives its id."""
        told = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        queue = self.stack.queues["dead_facts"]
        return str(self.sqs.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes=told)["MessageId"])

    def _take(self, role: str) -> list[str]:
        queue, bodies = self.stack.queues[role], []
        while messages := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return bodies


@pytest.fixture(scope="module")
def session() -> Iterator[boto3.Session]:
    """What has been read of the services' descriptions is kept with it."""
    with mock_aws():
        yield boto3.Session()


@pytest.fixture
def office(session: boto3.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    sqs = session.client("sqs")
    made = {role: sqs.create_queue(QueueName=f"{role}-{uuid.uuid4()}")["QueueUrl"] for role in QUEUES}
    tables = {"records": _records_table(session)}
    office = Office(Stack("stack-1", "customers-test", "bus", made, tables, tmp_path / "refused", session), sqs)
    monkeypatch.setattr(queues, "time", SimpleNamespace(sleep=office.naps.append))
    monkeypatch.setattr(loading, "POLL", 0)
    monkeypatch.setattr(folding, "POLL", 0)
    monkeypatch.setattr(dead_letter_queue, "LONG_POLL", 0)
    return office


def _records_table(session: boto3.Session) -> str:
    table = f"records-{uuid.uuid4()}"
    session.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    return table


@pytest.fixture
def folded(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a fold has taken out of the fact queue, which it does as soon as somebody watches it."""
    bodies: list[str] = []

    def count(sqs: Any, queue: str) -> tuple[int, int]:
        counted = queues.waiting(sqs, queue)
        if queue == office.stack.queues["bulk_facts"]:
            bodies.extend(office.facts())
        return counted

    monkeypatch.setattr(folding, "waiting", count)
    return bodies


def fact(number: int, **fields: Any) -> str:
    """One line of a file of facts: all of one customer."""
    said = {
        "fact_id": f"f-{number}",
        "enterprise_id": "acme",
        "occurred_at": "2026-01-01T00:00:00Z",
        "customer": {"phone": "+97433001122"},
        "amount_minor": number,
        "currency": "QAR",
        **fields,
    }
    return json.dumps({"detail-type": "balance.topped_up", "detail": said}, ensure_ascii=False)
