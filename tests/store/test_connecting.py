"""What a function connects as it is imported: each class of the store that can connect makes one of itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import customers.store
from customers.store.aws.queues import WorkQueue
from customers.store.erasure.sweep_jobs import SweepJobs

GIVEN: dict[str, Any] = {"codec": (None, None, None), "jobs": SweepJobs.connect(), "role": "a role"}
"""What a class looks at as it connects. The other arguments it only keeps."""
ONCE = {"sns", "lambda"}
"""Services that may do a thing twice if they are asked twice."""


def connecting() -> Iterator[Any]:
    for found in pkgutil.walk_packages(customers.store.__path__, "customers.store."):
        for each in vars(importlib.import_module(found.name)).values():
            own = isinstance(each, type) and each.__module__ == found.name and each is not WorkQueue
            if own and inspect.ismethod(getattr(each, "connect", None)):
                yield each


@pytest.fixture(params=[*connecting()], ids=lambda each: each.__name__)
def connected(request: pytest.FixtureRequest) -> tuple[type, Any]:
    each = request.param
    return each, each.connect(*map(GIVEN.get, inspect.signature(each.connect).parameters))


def test_who_connects_is_one_of_the_class(connected: tuple[type, Any]) -> None:
    each, made = connected
    assert isinstance(made, each)


def test_how_often_it_asks_is_not_left_to_botocore(connected: tuple[type, Any]) -> None:
    """Whoever calls would wait longer, and be sent the same text twice."""
    _, made = connected
    for client in (each for each in vars(made).values() if hasattr(each, "meta")):
        tries = client.meta.config.retries["total_max_attempts"]
        assert tries == 1 or client.meta.service_model.service_name not in ONCE
