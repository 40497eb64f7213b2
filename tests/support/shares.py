"""Who runs which tests, where several processes share them; and in which order.

One process runs a whole file, because the tables are the file's. One process runs all tests of the story, which takes
seconds to tell. One process runs all tests of a stack, because they share the stack and look at all of it. There are
three stacks. Their processes wait more than they compute, so there are more processes than cores.

A process imports only the tests that it may run: the first ones those of the stacks, the others those in memory.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

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
    "first stack": tuple(f"tests/e2e/{each}/" for each in ("erasure", "events", "facts", "identity", "tills")),
    "second stack": tuple(f"tests/e2e/{each}/" for each in ("stack", "stats", "web")),
}
"""About a third each of the time that the tests on a stack take; the others have the third one."""
STORY = tuple(f"tests/contract/template/test_{each}." for each in ("functions", "iam", "tables"))
"""They look at what the functions ask for in one story: `tests/support/template/observed.py`."""
ON_STACKS = Path("tests/e2e")


class Shares(LoadFileScheduling):  # type: ignore[misc]
    """Gives a process that is idle the next file of those that it has collected."""

    collection: list[str] | None

    def schedule(self) -> None:
        if self.collection is None:
            collected: list[str] = list(dict.fromkeys(chain(*self.registered_collections.values())))
            self.collection = collected
            # What the percentages are of.
            session: Any = self.config.pluginmanager.get_plugin("session")
            session.testscollected = len(collected)
            for nodeid in collected:
                self.workqueue.setdefault(self._split_scope(nodeid), {})[nodeid] = False
        # Two files each to begin with: a process runs a test only when it knows the next one.
        for node in self.nodes * 2:
            self._reschedule(node)

    def add_node_collection(self, node: object, collection: list[str]) -> None:
        self.registered_collections[node] = list(collection)

    def _reschedule(self, node: object) -> None:
        if node.shutting_down or self._pending_of(self.assigned_work[node]) > 2:  # type: ignore[attr-defined]
            return
        collected = set(self.registered_collections.get(node, ()))
        scope = next((scope for scope, tests in self.workqueue.items() if not collected.isdisjoint(tests)), None)
        if scope is None:
            node.shutdown()  # type: ignore[attr-defined]
            return
        self.workqueue.move_to_end(scope, last=False)
        self._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        if scope.startswith(STORY):
            return "story"
        if not scope.startswith("tests/e2e/"):
            return scope
        return next((stack for stack, folders in STACKS.items() if scope.startswith(folders)), "third stack")


def is_for(config: pytest.Config, path: Path) -> bool:
    """Whether this process collects the tests there. A process alone, or one of a part of the tests, collects all."""
    own: dict[str, str | int] = getattr(config, "workerinput", {})
    number, count = int(str(own.get("workerid", "gw0"))[2:]), int(own.get("workercount", 1))
    stacks = config.rootpath / ON_STACKS
    asked = [Path(config.invocation_params.dir, each.split("::")[0]) for each in config.args]
    whole = any(stacks.is_relative_to(each) and stacks != each for each in asked)
    if not whole or count == 1:
        return True
    on_stacks = number < min(len(STACKS) + 1, count - 1)
    if path.is_relative_to(stacks):
        return on_stacks
    return not on_stacks or stacks.is_relative_to(path)


def place(item: pytest.Item, root: Path) -> int:
    """Where in the order a test is."""
    path = item.path.relative_to(root).as_posix()
    return next((number for number, beginning in enumerate(ORDER) if path.startswith(beginning)), len(ORDER))
