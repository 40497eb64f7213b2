"""The emulator's process: start it, recognise it, and stop it so that it keeps its state."""

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
    """A running emulator."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """The base address of the operations, whatever the API's id (`completion` maps it)."""
        return f"{self.url}/v1/partner"


def running(place: Place) -> Emulator | None:
    """The emulator of this place, if it still runs. Removes what a kill left behind."""
    try:
        recorded = json.loads(place.process_file.read_text())
        emulator = Emulator(recorded["pid"], recorded["port"])
    except (OSError, ValueError, KeyError):
        return None
    if _is_ours(emulator.pid):
        return emulator
    place.process_file.unlink(missing_ok=True)
    return None


def start(place: Place, port: int, **variables: str) -> Emulator:
    """Start an emulator on this port, and return when it answers. `variables` are of its environment."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Refusal(
                f"Port {port} is in use: stop the program there, or choose another port with PORT={_free_port()}"
            )
    place.folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.scratch.mkdir()
    with place.emulator_log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.emulator.quicker_ministack"],
            cwd=ROOT,
            env=for_emulator(place, port) | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for this program, which then asks the emulator to stop and save its state.
            start_new_session=True,
        )
    emulator = Emulator(process.pid, port)
    place.process_file.write_text(json.dumps({"pid": emulator.pid, "port": port}))
    deadline = time.monotonic() + STARTS_WITHIN
    while not _answers(emulator):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(place)
            raise Refusal(f"The emulator did not start: {place.emulator_log} shows why")
        time.sleep(0.05)
    return emulator


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free


def stop(place: Place) -> bool:
    """Stop the emulator, which saves its state first. False when none was running."""
    emulator = running(place)
    if emulator is None:
        return False
    os.kill(emulator.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPS_WITHIN
    while _is_ours(emulator.pid):
        if time.monotonic() > deadline:
            raise Refusal(f"The emulator (process {emulator.pid}) does not stop: {place.emulator_log} may show why")
        time.sleep(0.05)
    place.process_file.unlink(missing_ok=True)
    shutil.rmtree(place.scratch, ignore_errors=True)
    if place.unsaved_mark.exists():
        raise Refusal(f"The emulator has stopped but could not save its state: {place.emulator_log} shows why")
    return True


def _answers(emulator: Emulator) -> bool:
    try:
        with urllib.request.urlopen(f"{emulator.url}/_ministack/health", timeout=1):  # noqa: S310
            return True
    except OSError:
        return False


def _is_ours(pid: int) -> bool:
    """Whether this process is an emulator, and not another program that got the number later."""
    with contextlib.suppress(OSError):
        # An ended child process stays listed until it is waited for.
        os.waitpid(pid, os.WNOHANG)
    if Path("/proc/self").exists():
        # Small Linux images have no ps.
        try:
            return b"ministack" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "ministack" in listed.stdout
