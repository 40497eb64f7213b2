"""A lock that a process holds on a file. The system releases it when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from customers_till.journal_errors import JournalBusy

if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Taken when made. Raises `JournalBusy`."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(self._file)
        except OSError:
            self.release()
            raise JournalBusy("another process, or another Journal of this one, has the journal open") from None

    def release(self) -> None:
        """A second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
