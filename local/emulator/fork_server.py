"""The process that functions' processes are forked from. It has imported what their layers hold, once for all of them.

It runs as a program of its own, without the emulator: `fork_server.py SOCKET FOLDER… ROOM`, where SOCKET is the number
of an open socket and each FOLDER a layer. For each request it forks a process, which runs a script as a fresh Python
would. It ends when the other end of the socket is closed.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import site
import socket
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

LIBRARIES = ("aws_lambda_powertools", "boto3", "jwt", "phonenumbers", "pydantic")
PACKAGES = ("domain", "wire", "catalogue", "store")
"""Of the shared code those that read no environment when they are imported."""
LENGTH = 8
"""Bytes that say how long the request is that follows them."""
ROOM = " " * 400
"""The last argument. A fork writes its own command line over those of this program."""
DESCRIPTORS = 4
"""Of a request: standard input, output and error, and one that stays open as long as the process lives."""


def main() -> None:
    connection = socket.socket(fileno=int(sys.argv[1]))
    _import_what_layers_hold([Path(each) for each in sys.argv[2:-1]])
    gc.collect()
    gc.freeze()
    # Nobody waits for the forks; the one who asked sees that their descriptors close.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while received := _receive(connection):
        request, descriptors = received
        if (process := os.fork()) == 0:
            connection.close()
            _run(request, descriptors)
        for each in descriptors:
            os.close(each)
        connection.sendall(process.to_bytes(LENGTH, "big"))


def _import_what_layers_hold(layers: Sequence[Path]) -> None:
    """Import it from the layers alone, so that the smaller one gets no library of the larger one."""
    usual, installed = list(sys.path), site.getsitepackages()
    own = [str(folder) for layer in layers for folder in (layer / "python", layer)]
    sys.path[:] = [*reversed(own), *(each for each in usual[1:] if each not in installed)]
    for name in [*LIBRARIES, *_modules(layers)]:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.path[:] = usual
    # The emulator's script imports it in each process.
    importlib.import_module("botocore.handlers")


def _modules(layers: Sequence[Path]) -> Iterator[str]:
    for root in (layer / "python" for layer in layers):
        for package in PACKAGES:
            for file in sorted((root / "customers" / package).rglob("*.py")):
                yield ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    head, descriptors, _, _ = socket.recv_fds(connection, LENGTH, DESCRIPTORS, socket.MSG_WAITALL)
    if not head:
        return None
    return json.loads(connection.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)), descriptors


def _run(request: dict[str, Any], descriptors: Sequence[int]) -> NoReturn:
    """In the fork: become the process that `python SCRIPT` would be."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        script = request["script"]
        _show(sys.executable, script)
        sys.argv[:] = [script]
        sys.path[0] = str(Path(script).parent)
        runpy.run_path(script, run_name="__main__")
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _show(*command: str) -> None:
    """Have `ps` show the command that a fresh process would have had."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    # proc_pid_stat(5): where the arguments of this process begin and end in its memory.
    begin, end = int(fields[45]), int(fields[46])
    shown = "\0".join(command).encode().ljust(end - begin, b"\0")[: end - begin]
    ctypes.memmove(begin, shown, len(shown))


if __name__ == "__main__":
    main()
