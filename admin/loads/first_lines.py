"""In which line of a file something came first, for any number of lines: on disk, not in memory."""

from __future__ import annotations

import sqlite3

_CACHE = 32_000
"""Kilobytes of the database that are kept in memory."""


class FirstLines:
    """Two numbers for each line, in a temporary file that has no name and goes with the process."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}", "temp_store = FILE"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute("CREATE TABLE seen (identity INTEGER PRIMARY KEY, line INTEGER NOT NULL)")
        # One transaction for all: nothing of it is ever read again by another process.
        self._file.execute("BEGIN")

    def line_of(self, identity: int, line: int) -> int:
        """The line in which an identity (a signed number of 64 bits) came first: this line, unless it is known."""
        if self._file.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (identity, line)).rowcount:
            return line
        (first,) = self._file.execute("SELECT line FROM seen WHERE identity = ?", (identity,)).fetchone()
        return int(first)
