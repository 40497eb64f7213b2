"""Show a load's progress, speed and remaining time: as a bar, or as a line now and then."""

from __future__ import annotations

import time
from types import TracebackType

from tqdm import tqdm

EVERY = 10.0
"""Seconds between two lines when the output is a pipe or a log."""


class Pace:
    """The progress of one stage. Work done before the stage began does not count for its rate."""

    def __init__(self, doing: str, unit: str, total: int, done: int = 0, *, scaled: bool = False) -> None:
        self._bar = tqdm(desc=doing, total=total, initial=done, unit=unit, unit_scale=scaled, disable=None)
        self._doing = doing
        self._began = self._told = time.monotonic()
        self._before = done

    def __enter__(self) -> Pace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def at(self, done: int, total: int, note: str = "") -> None:
        """Show the progress."""
        if not self._bar.disable:
            self._bar.total, self._bar.n = total, done
            self._bar.set_postfix_str(note)
            return
        now = time.monotonic()
        if now - self._told >= EVERY:
            self._told = now
            print(self._line(done, total, now, note), flush=True)

    def _line(self, done: int, total: int, now: float, note: str) -> str:
        moved = done - self._before
        left = (
            f"about {_lasting((total - done) * (now - self._began) / moved)} left" if moved > 0 else "time left unknown"
        )
        rest = f"; {note}" if note else ""
        return f"  {self._doing}: {done / total if total else 1:.0%}, {left}{rest}"


def _lasting(seconds: float) -> str:
    for length, name in ((3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.0f} s"
