"""Groups of operations, as the catalogue has them: a new operation is in its groups as soon as it is declared."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from customers.catalogue import till
from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Operation

BUILT: list[Operation[Any]] = [each for each in OPERATIONS if each.handler]
_TILL = [importlib.import_module(f"{till.__name__}.{each.name}") for each in pkgutil.iter_modules(till.__path__)]
AT_THE_COUNTER: list[Operation[Any]] = [each for each in BUILT if any(each in vars(one).values() for one in _TILL)]
"""The reads that a till waits for."""


def reads_by(variable: str) -> list[Operation[Any]]:
    """The built reads of a customer who is named in the path by this variable."""
    return [each for each in BUILT if each.method == "GET" and each.path.startswith(f"/customers/{{{variable}}}/")]


def last_word(operation: Operation[Any]) -> str:
    """The last part of its path."""
    return operation.path.rpartition("/")[2]
