"""The emulator's process: start it, recognise it, stop it so that it keeps its state."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from local.environment import for_emulator
from local.places import ROOT, Place
from local.refusal import Refusal

STARTS_WITHIN = 30.0
STOPS_WITHIN = 300.0


@dataclass(frozen=True)
class Emulator:
    """A running one."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """Where it serves the operations, whichever API has been deployed for them (`completion` maps it)."""
        return f"{self.url}/v1/partner"


def running(place: Place) -> Emulator | None:
    """The emulator that was started for this place, if it still lives. What a kill left behind is cleared away."""
    try:
        recorded = json.loads(place.process_file.read_text())
        emulator = Emulator(recorded["pid"], recorded["port"])
    except (OSError, ValueError, KeyError):
        return None
    if _is_ours(emulator.pid):
        return emulator
    place.process_file.unlink(missing_ok=True)
    return None


def start(place: Place, port: int) -> Emulator:
    """Start one on this port; it answers when this returns."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Refusal(
                f"Port {port} is taken: stop what listens there, or choose another one with PORT={_free_port()}"
            )
    place.folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.scratch.mkdir()
    with place.emulator_log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.emulator.quicker_ministack"],
            cwd=ROOT,
            env=for_emulator(place, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us: the emulator is asked to stop, in order, and saves its state.
            start_new_session=True,
        )
    emulator = Emulator(process.pid, port)
    place.process_file.write_text(json.dumps({"pid": emulator.pid, "port": port}))
    deadline = time.monotonic() + STARTS_WITHIN
    while not _answers(emulator):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(place)
            raise Refusal(f"The emulator did not start: {place.emulator_log} says why")
        time.sleep(0.05)
    return emulator


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free


def stop(place: Place) -> bool:
    """Ask it to save its state and stop; False when none was running."""
    emulator = running(place)
    if emulator is None:
        return False
    os.kill(emulator.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPS_WITHIN
    while _is_ours(emulator.pid):
        if time.monotonic() > deadline:
            raise Refusal(f"The emulator (process {emulator.pid}) does not stop: {place.emulator_log} may say why")
        time.sleep(0.05)
    place.process_file.unlink(missing_ok=True)
    shutil.rmtree(place.scratch, ignore_errors=True)
    if place.unsaved_mark.exists():
        raise Refusal(f"The emulator has stopped and could not save its state: {place.emulator_log} says why")
    return True


def _answers(emulator: Emulator) -> bool:
    try:
        with urllib.request.urlopen(f"{emulator.url}/_ministack/health", timeout=1):  # noqa: S310
            return True
    except OSError:
        return False


def _is_ours(pid: int) -> bool:
    """Whether this process is an emulator and not a stranger that was given the number later."""
    with contextlib.suppress(OSError):
        # A child of ours that has ended stays listed until it is waited for.
        os.waitpid(pid, os.WNOHANG)
    if Path("/proc/self").exists():
        # Small images of Linux have no ps.
        try:
            return b"ministack" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "ministack" in listed.stdout
