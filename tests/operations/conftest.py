"""A shop at which facts are folded and customers looked up, all in the process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.enterprise import Settings
from customers.edge.auth.principal import Principal
from customers.edge.log import logger
from tests.support.books import Books
from tests.support.dynamodb.copies import copied
from tests.support.dynamodb.in_memory_client import InMemory
from tests.support.http.gateway import Reply, call
from tests.support.stats.derivation import Derivation
from tests.support.stats.deriving import Post

MONEY = {"currency": "QAR"}
LAYLA = "+97433001122"
NAME = "Layla Hassan"
PROVIDER_ID = "pos-8841-layla"
PLANTED = ("33001122", "Layla", PROVIDER_ID)
"""What no log line may hold."""
TOLD = count(1)
"""Numbers the facts. Of two at one instant the id decides, so that an outcome is no matter of chance."""


@dataclass
class Shop:
    """A fresh enterprise, and a till of it."""

    enterprise: str
    settings: Settings = field(default_factory=lambda: Settings("Test", "QAR", "QA"))

    @property
    def till(self) -> Principal:
        return Principal(
            audience="pos-terminal",
            issuer="https://identity.test",
            subject="till-7",
            jti="token-1",
            enterprise=self.enterprise,
            merchant="merchant-1",
            branch="branch-1",
            permissions=frozenset(),
            expires_at=datetime.now(UTC) + timedelta(hours=1),
            settings=self.settings,
        )

    def admin(self, *permissions: str) -> Principal:
        """Somebody of the enterprise's own office: of no branch."""
        return replace(
            self.till,
            audience="enterprise-admin",
            subject="office-1",
            merchant=None,
            branch=None,
            permissions=frozenset(permissions),
        )

    def told(self, kind: str, phone: str | None = None, **fields: Any) -> None:
        """Have one fact folded."""
        from events.fold_facts import handler

        detail = {
            "fact_id": f"told#{next(TOLD):09}",
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

    def opened(self) -> None:
        """Have it configured, as most tests begin."""
        copied("opened", self.enterprise, lambda enterprise: Shop(enterprise)._configured())

    def _configured(self) -> None:
        self.told("enterprise.configured", name="Test", currency="QAR", home_region="QA")

    def told_of_layla(self) -> None:
        """Everything that a customer can have. Her last visit was three days ago, by the clock on the wall."""
        copied("layla", self.enterprise, lambda enterprise: Shop(enterprise)._told(), lambda each: Shop(each).opened())

    def _told(self) -> None:
        visit = (datetime.now(UTC) - timedelta(days=3)).isoformat()
        self.told("customer.registered", LAYLA, name=NAME, member_since="2025-11-02T08:14:00Z")
        self.told("customer.verified", LAYLA)
        self.told("provider_id.linked", LAYLA, provider_customer_id=PROVIDER_ID)
        self.told("consent.updated", LAYLA, consent={"marketing": True})
        self.told("preferences.updated", LAYLA, preferences={"milk": "oat"})
        self.told("balance.topped_up", LAYLA, amount_minor=12500, **MONEY)
        self.told("purchase.completed", LAYLA, purchase_id="p1", amount_minor=184000, occurred_at=visit, **MONEY)

    def disabled_layla(self) -> None:
        self.told("customer.disabled", LAYLA, occurred_at="2026-11-02T10:00:00Z")

    def lookup(self, query: str, principal: Principal | None = None) -> Reply:
        return call("GET", "/customers/lookup", query, principal or self.till)

    def expired(self) -> Principal:
        return replace(self.till, expires_at=datetime.now(UTC) - timedelta(seconds=1))


@pytest.fixture
def shop(tables: DynamoDBClient, enterprise: str) -> Shop:
    shop = Shop(enterprise)
    shop.opened()
    return shop


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> str:
    """The id of a registered customer."""
    from tests.support.recording import id_of  # which knows what a shop is

    shop.told_of_layla()
    return id_of(tables, shop)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long would have been waited."""
    taken: list[float] = []
    monkeypatch.setattr("customers.retries.time", SimpleNamespace(sleep=taken.append))
    return taken


@pytest.fixture
def books(tables: DynamoDBClient, enterprise: str) -> Books:
    return Books(tables, enterprise)


@pytest.fixture
def derivation(books: Books) -> Derivation:
    return Derivation(books)


@pytest.fixture
def post(books: Books) -> Post:
    return Post(boto3.client("sqs"), books.enterprise)


class Clock:
    """What the operations take for now. It stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return clock.at

    monkeypatch.setattr("customers.edge.http.serve.datetime", Stopped)
    monkeypatch.setattr("customers.edge.http.serve_public.datetime", Stopped)
    return clock


@pytest.fixture
def requests(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of DynamoDB, by whatever client."""
    asked: list[str] = []
    call = InMemory._make_api_call

    def note(client: InMemory, operation: str, said: Any) -> Any:
        asked.append(operation)
        return call(client, operation, said)

    monkeypatch.setattr(InMemory, "_make_api_call", note)
    return asked


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is logged from now on."""
    stream = io.StringIO()
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return stream
