"""Which operations this environment answers."""

from __future__ import annotations

import os
from typing import Any

from customers.catalogue.operation import Operation


def is_mounted(operation: Operation[Any]) -> bool:
    """Built, and of an availability that `MOUNTED` (comma-separated) names."""
    return operation.handler is not None and operation.availability in os.environ["MOUNTED"].split(",")
