"""A function's process that is forked is the one that a fresh Python would be, but for what it need not import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.emulator import forked
from local.emulator.forked import Forked, Server, popen

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are not forked")

ECHO = """
import json, os, sys
import ours
print(json.dumps({
    "argv": sys.argv, "first": sys.path[0], "folder": os.getcwd(), "environment": dict(os.environ), "main": __name__,
    "imported": sorted(sys.modules), "seen": ours.seen, "customers": sys.modules["customers.domain.rule"].__file__,
}), flush=True)
ours.seen.append("somebody else's")
print("to the log", file=sys.stderr)
for line in sys.stdin:
    print(line.strip() * 2, flush=True)
"""


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """One with a rule, a handler's helper and a library that is not among those that are imported at once."""
    folder = tmp_path / "layer"
    for package in ("domain", "edge"):
        (folder / "python/customers" / package).mkdir(parents=True)
        (folder / "python/customers" / package / "__init__.py").touch()
    (folder / "python/customers/__init__.py").touch()
    (folder / "python/customers/domain/rule.py").touch()
    (folder / "python/customers/domain/needs_a_library.py").write_text("import pydantic\n")
    (folder / "python/customers/edge/log.py").touch()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A function's: its script, and a module of its own."""
    (tmp_path / "function").mkdir()
    (tmp_path / "function/ours.py").write_text("seen = []\n")
    (tmp_path / "function/script.py").write_text(ECHO)
    return tmp_path / "function"


def _end(server: Server) -> None:
    """As the emulator's end does."""
    server._connection.close()
    assert server._process.wait(20) == 0


@pytest.fixture
def started(layer: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Starts a process as the emulator does; `more` goes into its environment."""
    servers: dict[tuple[str, ...], Server] = {}
    monkeypatch.setattr(forked, "_servers", servers)
    running: list[Forked] = []

    def start(**more: str) -> Forked:
        script = [sys.executable, str(folder / "script.py")]
        process: Forked = popen(script, env={forked.LAYERS: str(layer)} | more, cwd=str(folder))
        running.append(process)
        return process

    yield start
    for each in running:
        each.kill()
        for stream in (each.stdin, each.stdout, each.stderr, each._alive):
            stream.close()
    for server in servers.values():
        _end(server)


def test_it_has_its_own_environment_and_modules(started: Any, folder: Path, layer: Path) -> None:
    shown = [json.loads(started(NAME=name).stdout.readline()) for name in "ab"]
    for one, name in zip(shown, "ab", strict=True):
        assert one["argv"] == [str(folder / "script.py")]
        assert one["first"] == one["folder"] == str(folder)
        assert one["environment"] == {forked.LAYERS: str(layer), "NAME": name}
        assert one["main"] == "__main__"
        assert one["seen"] == []
        assert one["customers"] == str(layer / "python/customers/domain/rule.py")


def test_only_what_its_layers_hold_is_imported_and_nothing_that_reads_the_environment(started: Any) -> None:
    imported = json.loads(started().stdout.readline())["imported"]
    assert "customers.domain.rule" in imported
    assert not {"customers.edge.log", "customers.domain.needs_a_library", "pydantic"} & {*imported}


def test_it_is_shown_under_the_command_that_it_runs(started: Any, folder: Path) -> None:
    process = started()
    process.stdout.readline()
    shown = Path(f"/proc/{process.pid}/cmdline").read_text().rstrip("\0")
    assert shown.split("\0") == [sys.executable, str(folder / "script.py")]


def test_it_reads_writes_and_ends_with_its_input(started: Any) -> None:
    process = started()
    process.stdout.readline()
    assert process.stderr.readline() == "to the log\n"
    process.stdin.write("once\n")
    assert process.stdout.readline() == "onceonce\n"
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(20) == 0
    assert process.stdout.read() == ""


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_it_can_be_ended_twice_and_others_live_on(started: Any, end: str) -> None:
    process, other = started(), started()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    getattr(process, end)()
    assert process.wait(20) == process.poll() == 0
    getattr(process, end)()
    other.stdout.readline()
    assert other.poll() is None


def test_what_a_script_raises_is_in_its_log(started: Any, folder: Path) -> None:
    (folder / "script.py").write_text("1 / 0\n")
    process = started()
    assert "ZeroDivisionError" in process.stderr.read()
    assert process.wait(20) == 0


def test_after_its_server_was_killed_another_one_forks(started: Any, layer: Path) -> None:
    started().stdout.readline()
    server = forked._servers[(str(layer),)]
    server._process.kill()
    server._process.wait(20)
    with pytest.raises(OSError, match=r".+"):
        server.fork("script.py", str(layer), {}, [])
    server._connection.close()
    assert json.loads(started(NAME="c").stdout.readline())["environment"]["NAME"] == "c"


def test_the_server_ends_with_the_emulator(layer: Path) -> None:
    _end(Server((str(layer),)))


def test_any_other_process_is_started_as_usual(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import os; print(os.environ)\n")
    for command, env in (([sys.executable, str(script)], dict(os.environ)), (["true"], {forked.LAYERS: "x"})):
        process = popen(command, env=env, cwd=str(tmp_path), stdout=subprocess.DEVNULL)
        assert isinstance(process, subprocess.Popen)
        assert process.wait(20) == 0
