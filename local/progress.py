"""Print each step and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

_STARTED = time.monotonic()


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Print the step, then its duration."""
    print(f"  {doing} … ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def elapsed() -> str:
    """The time since the command began."""
    return f"{time.monotonic() - _STARTED:.1f} s"
