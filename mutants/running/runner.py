"""What comes of mutants: their tests run in forks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Protocol

import pytest

from mutants.faults.python_code import code_of
from mutants.mutant import Mutant
from mutants.running.choosing import References, behind, near, ordered
from mutants.running.coverage_map import Map
from mutants.running.engine import QUIET, Collected, each_in_a_fork, swap
from mutants.running.probes import Planted

SURVIVED = ("survived", "uncovered", "died")


@dataclass(frozen=True)
class Verdict:
    mutant: Mutant
    outcome: str
    """killed, timeout, survived; uncovered where no test runs it; fresh where it must be imported anew."""
    by: str = ""


class How(Protocol):
    """A way to run the tests of a mutant in a fork."""

    def seconds(self, mutant: Mutant) -> float: ...

    def work(self, mutant: Mutant) -> tuple[str, str]: ...


def verdicts(mutants: Sequence[Mutant], how: How, at_once: int) -> Iterator[Verdict]:
    for mutant, (outcome, by) in each_in_a_fork(mutants, how.work, how.seconds, at_once):
        yield Verdict(mutant, outcome, by)


class _Failed:
    """Notes the tests that fail, and the files that cannot be imported."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.names.append(report.nodeid or "collection")


def run_fresh(names: Sequence[str], *options: str) -> list[str]:
    """In a fork that has not imported these tests: those that fail, up to the first one."""
    failed = _Failed()
    code = pytest.main([*QUIET, "-x", *options, *names], plugins=[failed])
    return failed.names or ([f"pytest ended with {int(code)}"] if code else [])


def outcome(failed: str | None) -> tuple[str, str]:
    return ("killed", failed) if failed else ("survived", "")


def _plant(path: str, code: CodeType) -> None:
    sys.meta_path.insert(0, Planted(lambda origin: (code, {}) if origin == path else None))


class Warm:
    """Mutants inside functions: their code is swapped in a fork of a process that has collected all tests."""

    def __init__(self, collected: Collected, root: Path, known: Map, budget: float) -> None:
        self._collected, self._root, self._known, self._budget = collected, root, known, budget

    def tests(self, mutant: Mutant) -> list[str]:
        found, first = self._known.of(mutant.file, mutant.line), behind(mutant, self._known)
        return ordered(found, self._known.seconds, self._budget, near(mutant), first)

    def seconds(self, mutant: Mutant) -> float:
        return 20 + 4 * sum(self._known.seconds.get(each, 0.0) for each in self.tests(mutant))

    def work(self, mutant: Mutant) -> tuple[str, str]:
        if not (tests := self.tests(mutant)):
            # A function that keeps its answer, and that an import has asked, runs in no test.
            is_imported = mutant.line in self._known.at_import.get(mutant.file, ())
            return "fresh" if is_imported else "uncovered", ""
        path, code = str(self._root / mutant.file), code_of(self._root, mutant)
        if not swap(path, code):
            return "fresh", ""
        # Some tests import a function's module anew.
        _plant(path, code)
        return outcome(self._collected.run(tests))


class Fresh:
    """Mutants that take effect as their module is imported: in a fork that imports everything anew."""

    def __init__(self, root: Path, known: Map, budget: float) -> None:
        self._root, self._known, self._budget = root, known, budget
        self._references = References(root, known)

    def tests(self, mutant: Mutant) -> list[str]:
        return self._references.tests(mutant, self._budget)

    def seconds(self, mutant: Mutant) -> float:
        return 40 + 4 * sum(self._known.seconds.get(each, 0.0) for each in self.tests(mutant))

    def work(self, mutant: Mutant) -> tuple[str, str]:
        if not (tests := self.tests(mutant)):
            return "uncovered", ""
        path, code = str(self._root / mutant.file), code_of(self._root, mutant)
        _plant(path, code)
        return outcome(next(iter(run_fresh(tests)), None))
