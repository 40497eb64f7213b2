"""Which tests run which lines, and how long they take."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from mutants.running.engine import Collected, each_in_a_fork
from mutants.running.probes import Probes

CACHE = Path(".local/mutants/coverage")
SOURCES = ("layers/common/python/customers/", "functions/")
LONGEST = 900
"""Seconds of processor that the tests of one file may take while they are recorded."""
_SUPPORT = re.compile(r"^from tests\.support((?:\.\w+)*) import (.+)$", re.MULTILINE)


@dataclass
class Map:
    """`seconds` of each test, by file and line the tests that run it, and the lines that run at import."""

    seconds: dict[str, float] = field(default_factory=dict)
    tests: dict[str, dict[int, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    red: set[str] = field(default_factory=set)
    at_import: dict[str, set[int]] = field(default_factory=dict)

    def add(self, recorded: dict[str, Any]) -> None:
        names: list[str] = recorded["tests"]
        self.seconds |= dict(zip(names, recorded["seconds"], strict=True))
        self.red |= set(recorded["red"])
        for file, lines in recorded["lines"].items():
            for line, which in lines.items():
                self.tests[file][int(line)].update(names[each] for each in which)

    def of(self, file: str, line: int) -> set[str]:
        return self.tests.get(file, {}).get(line, set()) - self.red

    def of_file(self, file: str) -> set[str]:
        return set().union(*self.tests.get(file, {}).values()) - self.red


class Recorder:
    """Keeps a record per test file; it is good while the file, the support that it imports and all that its tests ran
    stay as they are.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sums: dict[str, str] = {}

    def sum_of(self, file: str) -> str:
        if file not in self._sums:
            path = self._root / file
            self._sums[file] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        return self._sums[file]

    def kept(self, test_file: str) -> dict[str, Any] | None:
        try:
            recorded: dict[str, Any] = json.loads(self._place(test_file).read_text())
        except (OSError, ValueError):
            return None
        return recorded if all(self.sum_of(file) == known for file, known in recorded["sums"].items()) else None

    def keep(self, test_file: str, recorded: dict[str, Any]) -> None:
        above = [f"{folder}/conftest.py" for folder in list(PurePosixPath(test_file).parents)[:-1]]
        files = [test_file, *above, *self._support(test_file), *recorded["lines"]]
        place = self._place(test_file)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(recorded | {"sums": {file: self.sum_of(file) for file in files}}))

    def _support(self, file: str) -> set[str]:
        """What it imports of the tests' support, and what that imports of it."""
        found: set[str] = set()
        waiting = [file]
        while waiting:
            path = self._root / waiting.pop()
            for package, names in _SUPPORT.findall(path.read_text() if path.is_file() else ""):
                folder = f"tests/support{package.replace('.', '/')}"
                for imported in (f"{folder}.py", *(f"{folder}/{name}.py" for name in re.findall(r"\w+", names))):
                    if imported not in found:
                        found.add(imported)
                        waiting.append(imported)
        return {each for each in found if (self._root / each).is_file()}

    def _place(self, test_file: str) -> Path:
        return self._root / CACHE / (test_file.replace("/", "--") + ".json")


def record(collected: Collected, probes: Probes, names: list[str]) -> dict[str, Any]:
    """In a fork: run these tests and see which lines each of them runs."""
    seconds, red = [], []
    lines: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    items = [collected.items[name] for name in names]
    for number, (item, following) in enumerate(zip(items, [*items[1:], None], strict=True)):
        began = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds.append(round(time.process_time() - began, 4))
        for file, ran in probes.take().items():
            for line in ran:
                lines[file][line].append(number)
        if collected.failed:
            red.append(collected.failed)
            collected.failed = None
    return {"tests": names, "seconds": seconds, "red": red, "lines": {file: dict(each) for file, each in lines.items()}}


def by_file(names: list[str]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = defaultdict(list)
    for name in names:
        files[name.partition("::")[0]].append(name)
    return files


def record_all(collected: Collected, root: Path, probes: Probes, at_once: int, tell: Callable[[str], None]) -> None:
    """Of each test file that was collected."""
    files, recorder = by_file(list(collected.items)), Recorder(root)
    results = each_in_a_fork(
        list(files), lambda file: record(collected, probes, files[file]), lambda _: LONGEST, at_once
    )
    for file, recorded in results:
        if isinstance(recorded, tuple):
            tell(f"no record of {file}: {recorded}")
            continue
        tell(f"recorded {file}: {len(recorded['tests'])} tests, {sum(recorded['seconds']):.1f} s")
        recorder.keep(file, recorded)
