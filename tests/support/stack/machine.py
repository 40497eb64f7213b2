"""An emulator of a test's own: what a start finds, and what a kill leaves."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.emulator import process
from local.emulator.process import Emulator
from local.places import Place
from local.snapshots import kept
from tests.support.stack.own_stack import PYTHON, client, free_port


@dataclass
class Machine:
    """A place, and the emulator that runs there."""

    place: Place
    running: Emulator | None = None
    lines: list[str] = field(default_factory=list)
    """What a start said of an end without saving."""

    def start(self) -> None:
        """On another port each time."""
        self.lines.append(kept.prepare(self.place))
        self.running = process.start(self.place, free_port())

    def stop(self) -> None:
        process.stop(self.place)

    def kill(self) -> None:
        assert self.running is not None
        os.kill(self.running.pid, signal.SIGKILL)
        eventually(lambda: process.running(self.place) is None)

    def aws(self, service: str, **options: Any) -> Any:
        assert self.running is not None
        return client({"aws": self.running.url}, service, **options)

    def saved_at(self) -> float:
        """The instant of the last snapshot; 0 before there is one."""
        with suppress(OSError):
            return kept.saved_at(self.place).timestamp()
        return 0.0

    def snapshot(self) -> None:
        """Wait until what has happened by now is in one."""
        now = time.time()
        eventually(lambda: self.saved_at() > now)


def eventually(seen: Callable[[], Any], patience: float = 120.0) -> Any:
    deadline = time.monotonic() + patience
    while not (value := seen()):
        assert time.monotonic() < deadline, "not seen in time"
        time.sleep(0.05)
    return value


def use_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator is not among the tests' own libraries."""
    monkeypatch.setattr(sys, "executable", str(PYTHON))
    monkeypatch.setattr(kept, "version", lambda _package: "1")
