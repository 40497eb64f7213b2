"""The operations that this environment offers."""

from __future__ import annotations

import os
from typing import Any

from customers.catalogue.operation import Operation


def is_mounted(operation: Operation[Any]) -> bool:
    """Whether it is built, and `MOUNTED` (comma-separated) names its availability."""
    return operation.handler is not None and operation.availability in os.environ["MOUNTED"].split(",")
