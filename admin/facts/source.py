"""Read the file of facts (JSON Lines) a window at a time, so that its length does not matter."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from admin.loads.checking import objection
from admin.loads.totals import TOTALS, Misstated, stated_in
from admin.stack.queues import MAX_BYTES

WINDOW_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not a fact."""

    line: int
    reason: str
    text: str = field(repr=False)

    def record(self) -> str:
        """One line of JSON. An object stays one, so that the operator can fix it there and load that file."""
        told: Any
        try:
            told = json.loads(self.text)
        except (ValueError, RecursionError):
            told = None
        said = told if isinstance(told, dict) else {"text": self.text}
        first = {"line": self.line, "reason": self.reason}
        return json.dumps(first | said | first, ensure_ascii=False) + "\n"


@dataclass(slots=True)
class Window:
    """Some lines of the file: those to send, those that are refused, and where the next ones begin."""

    offset: int
    line: int
    facts: list[str] = field(default_factory=list, repr=False)
    refused: list[Refused] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """Those of the facts."""
    totals: dict[str, int] | None = None
    """The control totals, where a line states them."""
    after_totals: bool = False
    """Whether a line follows them."""


def read_window(file: BinaryIO, offset: int, line: int, most: int) -> Window:
    """At most the next `most` lines from this offset, which follows `line` lines. Empty at the end of the file."""
    file.seek(offset)
    window = Window(offset, line)
    for raw in _lines(file):
        window.line += 1
        _sort(raw, window)
        if window.line - line >= most or file.tell() - offset >= WINDOW_BYTES:
            break
    window.offset = file.tell()
    return window


def windows(file: BinaryIO, most: int) -> Iterator[Window]:
    """All lines of a file, one window in memory at a time."""
    offset = line = 0
    while (window := read_window(file, offset, line, most)).line != line:
        yield window
        offset, line = window.offset, window.line


def _sort(raw: bytes, window: Window) -> None:
    if window.line == 1:
        raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text, reason = raw.decode().strip(), None
    except UnicodeDecodeError:
        text, reason = raw.decode(errors="replace").strip(), "body: is not UTF-8"
    if not text:
        return
    window.after_totals |= window.totals is not None
    if text.startswith(TOTALS):
        reason = _take_totals(text, window)
        if reason is None:
            return
    reason = reason or objection(text)
    if reason is None:
        window.facts.append(text)
        window.lines.append(window.line)
    else:
        window.refused.append(Refused(window.line, reason, text))


def _take_totals(text: str, window: Window) -> str | None:
    """Why the control totals cannot be read; None if they can."""
    try:
        window.totals = stated_in(text)
    except Misstated:
        return f"body: its control totals cannot be read: {TOTALS} customers=2 spendable_minor=12500"
    return None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Each line. A line longer than any fact is cut, so that it is never in memory as a whole."""
    while raw := file.readline(MAX_BYTES + 64):
        kept = raw
        while not raw.endswith(b"\n") and (raw := file.readline(MAX_BYTES)):
            pass
        yield kept
