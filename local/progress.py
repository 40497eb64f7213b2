"""What is happening, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

_STARTED = time.monotonic()


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show what is being done, then what it took."""
    print(f"  {doing} … ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def elapsed() -> str:
    """Since the command began."""
    return f"{time.monotonic() - _STARTED:.1f} s"
