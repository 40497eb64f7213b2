"""An emulator of a test's own, with nothing deployed on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import process
from local.places import Place
from tests.support.stack.machine import Machine, use_tools


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tools(monkeypatch)


@pytest.fixture
def machine(tools: None, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(Place(tmp_path / "stack"))
    yield machine
    if process.running(machine.place):
        machine.kill()
