"""The file beside a file of facts that keeps its refused lines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from admin.facts.source import Refused


def beside(path: Path) -> Path:
    """The file that keeps the refused lines."""
    return path.with_name(f"{path.name}.refused.jsonl")


def append(path: Path, size: int, refused: Sequence[Refused]) -> int:
    """Write lines after the first `size` bytes and return the new size. Later bytes, of a killed run, are dropped."""
    kept = beside(path)
    if not size:
        kept.unlink(missing_ok=True)
    if not refused:
        return size
    # Readable by the owner only: the lines contain phones and names.
    with os.fdopen(os.open(kept, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.truncate(min(size, file.seek(0, os.SEEK_END)))
        file.seek(0, os.SEEK_END)
        # UTF-8 cannot encode a lone surrogate; its escape means the same in JSON.
        file.write("".join(each.record() for each in refused).encode(errors="backslashreplace"))
        return file.tell()
