"""A stack whose queues are in memory, and a clock that nobody waits for."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from admin.facts import folding, loading
from admin.facts.refused_list import listed
from admin.stack import queues
from admin.stack.location import QUEUES, Stack
from customers.domain.facts.refused_facts import DeadLetter
from customers.store.refused_facts.refused_facts import RefusedFacts
from customers.store.refused_facts.sealed import SealingKey
from customers.store.registry import Registry
from customers.wire.facts.refused_facts import enterprise_in, read_refused_fact, without_person
from customers.wire.facts.sources import anyone
from tests.support.facts import enterprise_fact
from tests.support.hash_keys import secret


@dataclass
class Office:
    """The stack, and what its queues hold."""

    stack: Stack
    sqs: Any
    naps: list[float] = field(default_factory=list)
    clock: datetime = datetime(2026, 6, 1, tzinfo=UTC)

    def facts(self) -> list[str]:
        """Take everything out of the queues of facts."""
        return self._take("facts") + self._take("bulk_facts")

    def refused(self) -> list[str]:
        """The bodies in the lists, the oldest first."""
        return [each.body for each in sorted(listed(self.stack), key=lambda fact: fact.refused_at)]

    def refuse(self, body: str, reason: str = "grant_id: no such grant", *, unread: bool = False) -> str:
        """Put a fact into a list, as the dead-letter queue's consumer does. Gives its id."""
        self.clock += timedelta(seconds=1)
        letter = DeadLetter(str(uuid.uuid4()), body, reason, self.clock, unread)
        roles = self.stack.tables
        tables = (roles["refused_facts"], roles["records"], roles["enterprises"])
        codec = (enterprise_in, read_refused_fact, without_person)
        key = SealingKey(self.stack.client("kms"), self.stack.refused_facts_key)
        RefusedFacts(self.stack.client("dynamodb"), tables, secret, key, codec, anyone).keep(letter)
        return letter.id

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
    tables = {role: _table(session, role) for role in ("records", "refused_facts", "enterprises")}
    Registry(session.client("dynamodb"), tables["enterprises"]).post(enterprise_fact("enterprise.configured", "acme"))
    key = session.client("kms").create_key(KeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]["KeyId"]
    stack = Stack(
        *("stack-1", "customers-test", "bus", made, tables, tmp_path / "refused", session), refused_facts_key=key
    )
    office = Office(stack, sqs)
    monkeypatch.setattr(queues, "time", SimpleNamespace(sleep=office.naps.append))
    monkeypatch.setattr(loading, "POLL", 0)
    monkeypatch.setattr(folding, "POLL", 0)
    return office


def _table(session: boto3.Session, role: str) -> str:
    table = f"{role}-{uuid.uuid4()}"
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
