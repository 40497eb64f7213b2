"""Keep the emulator's state on disk while it runs, so that a kill loses the last seconds and no more.

The emulator by itself saves when it is stopped, one service after the other. Here a copy of the process (`fork`) writes
all services as they were at one instant, beside the earlier snapshot; then one rename makes the new one `current`. The
emulator goes on meanwhile.
"""

import asyncio
import logging
import os
import shutil
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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

EVERY = 1.0
"""Seconds between two snapshots while something changes, at the least."""
RESTS = 9
"""So many times as long as a snapshot took, none is taken: a large state is saved more rarely."""
SETTLES = 2.0
"""Seconds after a request in which the emulator may still be at work because of it."""

Asgi = Callable[..., Any]
Services = dict[str, Callable[[], Any]]
LOCKS = (
    dynamodb._lock,
    sqs._queues_lock,
    lambda_svc._dynamodb_stream_positions_lock,
    cloudwatch_logs._log_events_lock,
)
"""Under which the emulator's threads change what is saved. All else is changed by the thread that takes snapshots."""
logger = logging.getLogger("snapshots")


def install(state: Path, objects: Path) -> None:
    """Have the emulator keep its state and its objects here. Before it starts."""
    files.install()
    keeper = Keeper(state, objects)
    app.app = keeper.watching(app.app)
    app.save_all = keeper.close


class Keeper:
    """Takes snapshots of the process that it is in."""

    def __init__(self, state: Path, objects: Path) -> None:
        self._state = state
        self._objects = objects
        self._number = int((state / "current").readlink().name)
        self._touched = self._taken = time.monotonic() - SETTLES
        self._writing: int | None = None
        self._task: asyncio.Task[None] | None = None
        (state / "unsaved").touch()

    def watching(self, served: Asgi) -> Asgi:
        """The application, with snapshots from its start on. Any request may change something."""

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
            os.kill(self._writing, signal.SIGKILL)
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
        """Start a copy of this process, which writes the snapshot and ends. Gives its id."""
        target = self._state / str(self._number + 1)
        shutil.rmtree(target, ignore_errors=True)
        # By links, and before anything goes on. What the copy does not write anew is as it was in the last snapshot.
        link_tree(self._state / "current", target, but="objects")
        link_tree(self._objects, target / "objects")
        original = os.getpid()
        with warnings.catch_warnings():
            # Python warns of locks that other threads hold: the copy needs none but those that are free now.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            files.write_and_end(target, services, original, LOCKS)
        return pid

    def _publish(self) -> None:
        """The copy has made its snapshot the current one: those before it are done with."""
        self._number += 1
        for folder in self._state.iterdir():
            if folder.name.isdigit() and int(folder.name) != self._number:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _nobody_writes() -> Iterator[bool]:
    """Hold the locks. False: somebody else holds one for long."""
    with ExitStack() as held:
        for lock in LOCKS:
            if not lock.acquire(timeout=0.2):
                yield False
                return
            held.callback(lock.release)
        yield True
