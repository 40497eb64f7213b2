"""Programs that tests start."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def ends_with_the_block(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that is killed when the block ends, also by a failure: `Popen` alone would wait for its end forever."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()
