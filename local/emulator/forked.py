"""Processes of functions, forked from one that has imported what their layers hold (`fork_server`).

`popen` stands in for `subprocess.Popen` where the emulator starts them. Each process has its own environment, streams
and modules of the function; only the libraries and the shared code are imported already, as after a snapshot's start.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from local.emulator import fork_server

LAYERS = "_LAMBDA_LAYERS_DIRS"
"""The variable in which the emulator names the folders of a function's layers."""


class Server:
    """A fork server for some layers."""

    def __init__(self, layers: tuple[str, ...]) -> None:
        self._lock = threading.Lock()
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, fork_server.__file__, str(theirs.fileno()), *layers, fork_server.ROOM],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def lives(self) -> bool:
        return self._process.poll() is None

    def fork(self, script: str, folder: str, environment: dict[str, str], descriptors: list[int]) -> int:
        """Start a process with these descriptors. Returns its id; raises `OSError` if the server has ended."""
        request = json.dumps({"script": script, "folder": folder, "environment": environment}).encode()
        with self._lock:
            socket.send_fds(self._connection, [len(request).to_bytes(fork_server.LENGTH, "big")], descriptors)
            self._connection.sendall(request)
            process = self._connection.recv(fork_server.LENGTH, socket.MSG_WAITALL)
        if not process:
            raise ConnectionError("the process that functions are forked from has ended")
        return int.from_bytes(process, "big")


_servers: dict[tuple[str, ...], Server] = {}
_one_at_a_time = threading.Lock()


class Forked:
    """A process as `subprocess.Popen` would give it, as far as the emulator looks at one."""

    def __init__(self, script: str, folder: str, environment: dict[str, str], server: Server) -> None:
        self.returncode: int | None = None
        (in_read, in_write), (out_read, out_write), (err_read, err_write), (alive_read, alive_write) = (
            os.pipe() for _ in range(fork_server.DESCRIPTORS)
        )
        # Closed in this process whatever happens, or nobody would see that the other end is gone.
        self.stdin = open(in_write, "w", buffering=1)  # noqa: SIM115
        self.stdout = open(out_read)  # noqa: SIM115
        self.stderr = open(err_read)  # noqa: SIM115
        self._alive = open(alive_read, "rb", buffering=0)  # noqa: SIM115
        theirs = [in_read, out_write, err_write, alive_write]
        try:
            self.pid = server.fork(script, folder, environment, theirs)
        finally:
            for each in theirs:
                os.close(each)

    def poll(self) -> int | None:
        """Its exit code, which is not known and always 0; None while it lives."""
        if self.returncode is None and wait([self._alive.fileno()], 0):
            self.returncode = 0
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None and not wait([self._alive.fileno()], timeout):
            raise subprocess.TimeoutExpired("a function", timeout or 0.0)
        self.returncode = 0
        return self.returncode

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.poll() is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                self.returncode = 0


def popen(arguments: list[str], *, env: dict[str, str] | None = None, **options: Any) -> Any:
    """A forked process for a function in Python that has layers, and any other as usual.

    On Linux only: elsewhere what a library holds may not survive a fork.
    """
    layers = (env or {}).get(LAYERS)
    if env is None or not layers or arguments[0] != sys.executable or sys.platform != "linux":
        return subprocess.Popen(arguments, env=env, **options)
    return Forked(arguments[1], options["cwd"], env, _server_for(layers))


def _server_for(layers: str) -> Server:
    # The emulator gives each process folders of its own; they are links to one that all share.
    folders = tuple(str(Path(each).resolve()) for each in layers.split(os.pathsep))
    with _one_at_a_time:
        server = _servers.get(folders)
        if server is None or not server.lives():
            server = _servers[folders] = Server(folders)
        return server
