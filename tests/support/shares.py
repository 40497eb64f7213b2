"""Who runs which tests, where several processes share them; and in which order.

One process runs a whole file, because the tables are the file's. One process runs all tests of a stack, because they
share the stack and look at all of it. There are three stacks. Their processes wait more than they compute, so there
are more processes than cores.
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


STACKS = {
    "first stack": ("tests/e2e/erasure/", "tests/e2e/events/", "tests/e2e/identity/"),
    "second stack": ("tests/e2e/stack/", "tests/e2e/stats/"),
}
"""About a third each of the time that the tests on a stack take; the others have the third one."""


class Shares(LoadFileScheduling):  # type: ignore[misc]
    """Gives a process that is idle the next file."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        if not scope.startswith("tests/e2e/"):
            return scope
        return next((stack for stack, folders in STACKS.items() if scope.startswith(folders)), "third stack")


def place(item: pytest.Item, root: Path) -> int:
    """Where in the order a test is."""
    path = item.path.relative_to(root).as_posix()
    return next((number for number, beginning in enumerate(ORDER) if path.startswith(beginning)), len(ORDER))
