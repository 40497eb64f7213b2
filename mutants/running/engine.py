"""Runs tests in forks of one process that has imported everything, so that a mutant costs its tests and little more."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

# Of the plugins that are installed the tests in memory need none, and each costs its import.
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

QUIET = ("-s", "-o", "addopts=-q -m 'not scale'", "-W", "ignore::pytest.PytestAssertRewriteWarning")
"""A fork captures nothing, for it has nowhere to write; what is imported before the forks cannot be rewritten; and the
options of plugins that are not loaded would be unknown.
"""
Work = Callable[[], Any]


@dataclass
class Fork:
    """A child, and what has come out of its pipe so far."""

    job: Any
    pid: int
    pipe: int
    deadline: float
    read: bytearray = field(default_factory=bytearray)

    def result(self) -> Any:
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        if self.read:
            return pickle.loads(bytes(self.read))  # noqa: S301 - our own child wrote it
        return ("timeout", "") if os.WIFSIGNALED(status) else ("died", f"exit {os.waitstatus_to_exitcode(status)}")


def start(job: Any, work: Work, cpu_seconds: float, wall_seconds: float) -> Fork:
    """Do it in a child. It may take so long; what it returns comes back by a pipe."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    if (pid := os.fork()) == 0:
        os.close(reader)
        code = 1
        try:
            # A collection would touch, hence copy, all that the parent holds; a fork ends before it is needed.
            gc.disable()
            limit = max(1, int(cpu_seconds))
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
            signal.signal(signal.SIGXCPU, signal.SIG_DFL)
            if "MUTANTS_LOUD" not in os.environ:
                null = os.open(os.devnull, os.O_RDWR)
                for stream in (0, 1, 2):
                    os.dup2(null, stream)
            found = pickle.dumps(work())
            while found:
                found = found[os.write(writer, found) :]
            code = 0
        except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writer)
    return Fork(job, pid, reader, time.monotonic() + wall_seconds)


def each_in_a_fork(
    jobs: Iterable[Any], work: Callable[[Any], Any], seconds: Callable[[Any], float], at_once: int
) -> Iterator[tuple[Any, Any]]:
    """Every job with what came of it, as they end."""
    waiting = iter(jobs)
    running: dict[int, Fork] = {}
    more = True
    while more or running:
        while more and len(running) < at_once:
            job = next(waiting, None)
            more = job is not None
            if more:
                allowed = seconds(job)
                fork = start(job, partial(work, job), allowed, 60 + 10 * allowed)
                running[fork.pipe] = fork
        ready, _, _ = select.select(list(running), [], [], 1.0)
        for pipe in ready:
            part = os.read(pipe, 1 << 16)
            running[pipe].read += part
            if not part:
                fork = running.pop(pipe)
                yield fork.job, fork.result()
        for fork in running.values():
            if time.monotonic() > fork.deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(fork.pid, signal.SIGKILL)


class Collected:
    """A pytest session that has collected, and in place of running its tests calls `then`."""

    def __init__(self, then: Callable[[Collected], None]) -> None:
        self._then = then
        self.items: dict[str, pytest.Item] = {}
        self.failed: str | None = None

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        import_all(Path("functions"))
        self._then(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid

    def run(self, names: Iterable[str]) -> str | None:
        """In a fork: the first of these tests that fails."""
        items = [self.items[name] for name in names if name in self.items]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return self.failed
        return None


def collect(arguments: list[str], then: Callable[[Collected], None]) -> int:
    return int(pytest.main([*QUIET, *arguments], plugins=[Collected(then)]))


def import_all(folder: Path) -> None:
    """What tests import as they run; what needs more of its environment than all tests set is left to them."""
    for file in sorted(folder.rglob("*.py")):
        with contextlib.suppress(KeyError, ValueError):
            importlib.import_module(".".join(file.relative_to(folder).with_suffix("").parts))


def swap(path: str, code: CodeType) -> bool:
    """Give every function of a file that is alive its code anew; false where one cannot take it."""
    fresh = {(each.co_qualname, each.co_firstlineno): each for each in _nested(code)}
    found = False
    # The collector lists nothing that is frozen, and the tests freeze what they have imported.
    gc.unfreeze()
    for function in [each for each in gc.get_objects() if isinstance(each, FunctionType)]:
        old = function.__code__
        if old.co_filename == path and (new := fresh.get((old.co_qualname, old.co_firstlineno))):
            if new.co_freevars != old.co_freevars:
                return False
            function.__code__ = new
            found = True
    return found


def _nested(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _nested(each)
