"""Who runs which tests, where several processes share them; and in which order.

A file is one process's, because its tables are. The tests on the stack are all one process's, because they share the
stack and look at all of it. That process waits more than it computes, so there is one more than there are cores.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

ORDER = (
    "tests/e2e/",
    "tests/operations/customers/test_lookup",
    "tests/operations/identity/test_identify",
    "tests/store/customers/test_rows",
    "tests/domain/",
    "tests/edge/",
    "tests/wire/",
    "tests/operations/",
)
"""What takes longest begins first, then what a till waits for, then what is quick."""


class Shares(LoadFileScheduling):  # type: ignore[misc]
    """Gives a process that is idle the next file."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return "tests/e2e" if scope.startswith("tests/e2e/") else scope


def place(item: pytest.Item, root: Path) -> int:
    """Where in the order a test is."""
    path = item.path.relative_to(root).as_posix()
    return next((number for number, beginning in enumerate(ORDER) if path.startswith(beginning)), len(ORDER))
