"""Ctrl-C as a request to stop: the command finishes its current step first."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether the user has asked to stop."""

    asked = False


@contextmanager
def on_request() -> Iterator[Stop]:
    """The first Ctrl-C asks to stop. The second one stops at once."""
    stop = Stop()
    usual = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True
        _restore()
        # Not print: the signal may have come in the middle of one.
        os.write(2, "\nStopping …\n".encode())

    def _restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    for number in usual:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        _restore()
