"""Keep the emulator's state on disk while it runs, so that a kill loses only the last seconds.

By itself, the emulator saves when it stops, one service after the other. Here a copy of the process (`fork`) writes all
services as of one instant, beside the earlier snapshot. Then one rename makes the new snapshot `current`. The emulator
continues meanwhile.
"""

import asyncio
import logging
import os
import shutil
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.services import (  # type: ignore[import-not-found]
    cloudwatch_logs,
    dynamodb,
    lambda_svc,
    sqs,
)

from local.snapshots import files
from local.snapshots.kept import link_tree

EVERY = float(os.environ.get("SNAPSHOTS_EVERY", "1"))
"""The least seconds between two snapshots while something changes."""
RESTS = 9
"""The pause after a snapshot, as a multiple of its duration: a large state is saved less often."""
SETTLES = 2.0
"""Seconds for which the emulator may still work on a request after its answer."""

Asgi = Callable[..., Any]
Services = dict[str, Callable[[], Any]]
LOCKS = (
    dynamodb._lock,
    sqs._queues_lock,
    lambda_svc._dynamodb_stream_positions_lock,
    cloudwatch_logs._log_events_lock,
)
"""The emulator's threads change saved state under these locks. The snapshots' own thread changes all the rest."""
logger = logging.getLogger("snapshots")


def install(state: Path, objects: Path) -> None:
    """Patch the emulator, before it starts, to keep its state and objects here."""
    files.install()
    keeper = Keeper(state, objects)
    app.app = keeper.watching(app.app)
    app.save_all = keeper.close


class Keeper:
    """Takes snapshots of its own process."""

    def __init__(self, state: Path, objects: Path) -> None:
        self._state = state
        self._objects = objects
        self._touched = self._taken = time.monotonic() - SETTLES
        self._writing: int | None = None
        self._task: asyncio.Task[None] | None = None
        (state / "unsaved").touch()

    def watching(self, served: Asgi) -> Asgi:
        """Wrap the application with snapshots. Any request may change something."""

        async def watch(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                self._task = asyncio.create_task(self._keep())
                await served(scope, receive, send)
                return
            try:
                await served(scope, receive, send)
            finally:
                if not scope["path"].startswith("/_ministack"):
                    self._touched = time.monotonic()

        return watch

    def close(self, services: Services) -> None:
        """The last snapshot, at a clean stop."""
        if self._task is not None:
            self._task.cancel()
        if self._writing is not None:
            # It may have ended, or made its snapshot the current one, and nobody has seen that yet.
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._writing, signal.SIGKILL)
                os.waitpid(self._writing, 0)
        _, status = os.waitpid(self._fork(services), 0)
        if status == 0:
            self._publish()
            (self._state / "unsaved").unlink()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if self._taken > self._touched + SETTLES:
                continue
            began = time.monotonic()
            try:
                await self._take()
            except OSError:
                logger.exception("no snapshot could be taken")
            await asyncio.sleep(RESTS * (time.monotonic() - began))

    async def _take(self) -> None:
        with _nobody_writes() as still:
            if not still:
                return
            taken = time.monotonic()
            self._writing = self._fork(app._build_persistence_save_dict())
        _, status = await asyncio.get_running_loop().run_in_executor(None, os.waitpid, self._writing, 0)
        self._writing = None
        if status == 0:
            self._taken = taken
            self._publish()

    def _fork(self, services: Services) -> int:
        """Start a copy of this process, which writes the snapshot and ends. Returns its process id."""
        target = self._state / str(int(self._current()) + 1)
        shutil.rmtree(target, ignore_errors=True)
        # Link the last snapshot before anything changes. Files that the copy does not write stay as they were.
        link_tree(self._state / "current", target, but="objects")
        link_tree(self._objects, target / "objects")
        original = os.getpid()
        with warnings.catch_warnings():
            # Python warns of locks that other threads hold. The copy needs only locks that are free now.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            files.write_and_end(target, services, original, LOCKS)
        return pid

    def _publish(self) -> None:
        """Delete the earlier snapshots, after the copy has made its own the current one."""
        current = self._current()
        for folder in self._state.iterdir():
            if folder.name.isdigit() and folder.name != current:
                shutil.rmtree(folder, ignore_errors=True)

    def _current(self) -> str:
        """The number of the last whole snapshot. The copy that has written one says so itself, by the link."""
        return (self._state / "current").readlink().name


@contextmanager
def _nobody_writes() -> Iterator[bool]:
    """Hold the locks. Yields False if another thread keeps one for long."""
    with ExitStack() as held:
        for lock in LOCKS:
            if not lock.acquire(timeout=0.2):
                yield False
                return
            held.callback(lock.release)
        yield True
