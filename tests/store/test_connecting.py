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


def connecting() -> Iterator[Any]:
    for found in pkgutil.walk_packages(customers.store.__path__, "customers.store."):
        for each in vars(importlib.import_module(found.name)).values():
            own = isinstance(each, type) and each.__module__ == found.name and each is not WorkQueue
            if own and inspect.ismethod(getattr(each, "connect", None)):
                yield each


@pytest.mark.parametrize("each", [*connecting()], ids=lambda each: each.__name__)
def test_who_connects_is_one_of_the_class(each: Any) -> None:
    assert isinstance(each.connect(*map(GIVEN.get, inspect.signature(each.connect).parameters)), each)
