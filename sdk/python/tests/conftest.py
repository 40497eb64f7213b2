"""Services that close at a test's end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from customers_till import TillClient
from sdk.python.tests.service import Answering, Service

Serving = Callable[[Answering], Service]
Client = Callable[..., TillClient]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where the system has one: tests of many writes must not wait for a disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as made:
        yield Path(made)


@pytest.fixture
def serve() -> Iterator[Serving]:
    services: list[Service] = []

    def serving(answer: Answering) -> Service:
        services.append(Service(answer))
        return services[-1]

    yield serving
    for service in services:
        service.close()


@pytest.fixture
def client_of() -> Iterator[Callable[..., TillClient]]:
    """Makes clients. Without a token callback their token is "a-token"."""
    clients: list[TillClient] = []

    def client(service: Service | str, token: Callable[[], str] = lambda: "a-token", **options: float) -> TillClient:
        address = service if isinstance(service, str) else service.base_url
        clients.append(TillClient(address, token, **options))  # type: ignore[arg-type]
        return clients[-1]

    yield client
    for each in clients:
        each.close()
