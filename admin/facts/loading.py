"""Load one file into the bulk fact queue: read a window of lines, send it, save the progress."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from admin.facts import queue_marks, refused_lines
from admin.facts.progress import Progress, save
from admin.facts.source import Window, read_window
from admin.facts.standstill import Standstill
from admin.stack.pace import Pace
from admin.stack.queues import batches, send, waiting
from admin.stack.refusal import Refusal
from admin.stack.stopping import Stop

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

WINDOW = 500
"""Lines after which the progress is saved."""
AT_ONCE = 8
"""Concurrent requests to the queue."""
POLL = 0.5


def progress_of(path: Path) -> Path:
    """The file that keeps the progress of a load."""
    return path.with_name(f"{path.name}.progress")


class Loading:
    """Keeps at most about `most_waiting` facts in the queue, so that the fold sets the pace."""

    def __init__(
        self, sqs: SQSClient, queue: str, path: Path, most_waiting: int, standstill: Standstill, *, marking: bool
    ) -> None:
        self._sqs = sqs
        self._queue = queue
        self._path = path
        self._most_waiting = most_waiting
        self._marking = marking
        self._window = min(WINDOW, most_waiting)
        self._standstill = standstill

    def send_all(self, file: BinaryIO, progress: Progress, stop: Stop) -> Progress:
        """Send the rest of the file until it ends or the user stops it. Returns the progress, which is saved too."""
        began, before = time.monotonic(), progress.sent
        with (
            ThreadPoolExecutor(AT_ONCE) as pool,
            Pace("sending", "B", progress.size, progress.offset, scaled=True) as pace,
        ):
            while not (stop.asked or progress.done):
                rate = f"{(progress.sent - before) / max(time.monotonic() - began, 0.1):,.0f} facts/s"
                if progress.offset < progress.size and self._is_full():
                    pace.at(progress.offset, progress.size, f"{rate}, waiting for the fold")
                    time.sleep(POLL)
                    continue
                pace.at(progress.offset, progress.size, rate)
                progress = self._step(file, progress, pool)
                self._standstill.moved()
                if self._marking:
                    queue_marks.write(self._sqs, self._queue, progress)
                save(progress_of(self._path), progress)
        return progress

    def _is_full(self) -> bool:
        held = sum(waiting(self._sqs, self._queue))
        full = held + self._window > self._most_waiting
        if full:
            self._standstill.see(held)
        return full

    def _step(self, file: BinaryIO, progress: Progress, pool: ThreadPoolExecutor) -> Progress:
        window = read_window(file, progress.offset, progress.line, self._window)
        try:
            self._send(window, pool)
        except (BotoCoreError, ClientError, Refusal) as error:
            raise Refusal(
                f"Stopped before line {progress.line + 1:,}: {error}. Run the same command again to continue; "
                "a fact that is sent twice is applied once"
            ) from error
        return replace(
            progress,
            offset=window.offset,
            line=window.line,
            sent=progress.sent + len(window.facts),
            refused=progress.refused + len(window.refused),
            refused_bytes=refused_lines.append(self._path, progress.refused_bytes, window.refused),
            done=window.line == progress.line,
        )

    def _send(self, window: Window, pool: ThreadPoolExecutor) -> None:
        put = partial(send, self._sqs, self._queue)
        for _ in pool.map(put, batches(window.facts, body=str)):
            pass
