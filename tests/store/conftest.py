"""The store over tables in memory, and a clock that nobody waits for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.store import ledger
from tests.support.books import Books, Town


@pytest.fixture(scope="module")
def town(tables: DynamoDBClient) -> Town:
    return Town(tables)


@pytest.fixture
def books(town: Town) -> Books:
    return town.newcomer()


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the ledger would have slept."""
    taken: list[float] = []
    monkeypatch.setattr(ledger, "time", SimpleNamespace(sleep=taken.append))
    return taken
