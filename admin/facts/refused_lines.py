"""The file beside the file of facts that keeps the lines which are no facts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from admin.facts.source import Refused


def beside(path: Path) -> Path:
    """Where the refused lines of this file are kept."""
    return path.with_name(f"{path.name}.refused.jsonl")


def append(path: Path, size: int, refused: Sequence[Refused]) -> int:
    """Write lines behind the first `size` bytes and give the new size. What a killed run left behind those goes."""
    kept = beside(path)
    if not size:
        kept.unlink(missing_ok=True)
    if not refused:
        return size
    # For the owner's eyes only: the lines hold phones and names.
    with os.fdopen(os.open(kept, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.truncate(min(size, file.seek(0, os.SEEK_END)))
        file.seek(0, os.SEEK_END)
        # A lone surrogate is no character of UTF-8; its escape is the same to JSON.
        file.write("".join(each.record() for each in refused).encode(errors="backslashreplace"))
        return file.tell()
