"""The store over tables in memory, and a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from tests.support.books import Books, Town
from tests.support.stats.derivation import Derivation


@pytest.fixture(scope="module")
def town(tables: DynamoDBClient) -> Town:
    return Town(tables)


@pytest.fixture
def books(town: Town) -> Books:
    return town.newcomer()


@pytest.fixture
def derivation(books: Books) -> Iterator[Derivation]:
    made = Derivation(books)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the ledger and the deriver would have slept."""
    taken: list[float] = []
    monkeypatch.setattr("customers.retries.time", SimpleNamespace(sleep=taken.append))
    return taken
