"""The progress of a load, kept beside its file, so that the next run continues there."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from admin.stack.refusal import Refusal

BEGINNING = 64 * 1024


@dataclass(frozen=True)
class Progress:
    """Up to `offset`, after `line` lines, all facts are in the queue and all refused lines are written down."""

    stack: str
    size: int
    beginning: str
    offset: int = 0
    line: int = 0
    sent: int = 0
    refused: int = 0
    refused_bytes: int = 0
    done: bool = False

    def is_of_the_same_file(self, other: Progress) -> bool:
        return (self.size, self.beginning) == (other.size, other.beginning)


def beginning(file: BinaryIO, stack: str) -> Progress:
    """The progress before the first line: it identifies the file and the stack."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Progress(stack, size, hashlib.sha256(file.read(BEGINNING)).hexdigest())


def resume(path: Path, fresh: Progress) -> Progress:
    """Where an earlier load of this file into this stack ended; `fresh` if there was none since the last reset."""
    try:
        kept = Progress(**json.loads(path.read_text()))
    except FileNotFoundError:
        return fresh
    except (ValueError, TypeError):
        raise Refusal(f"{path} cannot be read: delete it, and the load begins from the start") from None
    if kept.stack != fresh.stack:
        return fresh
    if not kept.is_of_the_same_file(fresh):
        raise Refusal(
            f"The file has changed since {path} was written. AGAIN=1 sends all of it; known facts change nothing"
        )
    return kept


def save(path: Path, progress: Progress) -> None:
    """Replace the saved progress atomically: an interrupted run leaves the old state or the new one."""
    written = path.with_name(f"{path.name}.new")
    written.write_text(json.dumps(asdict(progress), indent=2) + "\n")
    written.replace(path)
