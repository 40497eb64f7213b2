"""A shop at which facts are folded and customers looked up, all in the process."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.enterprise import Settings
from customers.edge.log import logger
from customers.edge.principal import Principal
from tests.support.gateway import Reply, call

MONEY = {"currency": "QAR"}


@dataclass
class Shop:
    """A fresh enterprise, and a till of it."""

    enterprise: str
    settings: Settings = field(default_factory=lambda: Settings("Test", "QAR", "QA"))

    @property
    def till(self) -> Principal:
        return Principal(
            audience="pos-terminal",
            subject="till-7",
            enterprise=self.enterprise,
            merchant="merchant-1",
            branch="branch-1",
            permissions=frozenset(),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
            settings=self.settings,
        )

    def told(self, kind: str, phone: str | None = None, **fields: Any) -> None:
        """Have one fact folded."""
        from events.fold_facts import handler

        detail = {
            "fact_id": str(uuid.uuid4()),
            "enterprise_id": self.enterprise,
            "occurred_at": "2026-11-01T10:00:00Z",
            **({"customer": {"phone": phone}} if phone else {}),
            **fields,
        }
        message = {
            "messageId": "m1",
            "receiptHandle": "r1",
            "attributes": {"ApproximateReceiveCount": "1"},
            "body": json.dumps({"detail-type": kind, "source": "partner.tests", "detail": detail}),
        }
        assert handler({"Records": [message]}, None) == {"batchItemFailures": []}

    def lookup(self, query: str, principal: Principal | None = None) -> Reply:
        return call("GET", "/customers/lookup", query, principal or self.till)

    def expired(self) -> Principal:
        return replace(self.till, expires_at=datetime.now(UTC) - timedelta(seconds=1))


@pytest.fixture
def shop(tables: DynamoDBClient, enterprise: str) -> Shop:
    shop = Shop(enterprise)
    shop.told("enterprise.configured", name="Test", currency="QAR", home_region="QA")
    return shop


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is logged from now on."""
    stream = io.StringIO()
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return stream
