"""A file of lines that survives a kill at any instant: append, or replace as a whole.

A line is the CRC-32 of its text in hexadecimal, a space, and the text. Whatever follows the last whole line was being
written when the process ended: nobody was told that it is there, and it is cut off.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from customers_till.file_lock import FileLock
from customers_till.journal_errors import JournalDamaged, JournalError, JournalKeyError
from customers_till.sealing import Seal

_FORMAT = 1
_WRITE = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)


class LogFile:
    """The records of a file, which one process has at a time. Raises `JournalError` and its kinds, and `OSError`."""

    def __init__(self, path: Path, seal: Seal) -> None:
        self._path, self._seal = path, seal
        self._new = path.with_name(path.name + ".new")
        self._lock = FileLock(path.with_name(path.name + ".lock"))
        self._file, self._id, self._lines, self._length = -1, "", 0, 0
        try:
            self._new.unlink(missing_ok=True)
            if not path.exists():
                self._replace([])
            self.records = self._read()
        except BaseException:
            self.close()
            raise

    def append(self, record: dict[str, Any], *, durable: bool = True) -> None:
        """Once this returns, the record survives a kill; with `durable` also a power cut."""
        if self._file < 0:
            raise JournalError("the journal is closed, or the disk did not take its last line")
        try:
            _write(self._file, self._line(record, self._lines))
            if durable:
                os.fsync(self._file)
        except OSError:
            self._take_back()
            raise
        self._lines += 1
        self._length = os.fstat(self._file).st_size

    def replace(self, records: Iterable[dict[str, Any]]) -> None:
        """Keeps these records and nothing else, at once: a kill leaves the old file or the new one."""
        self._replace(records)

    def close(self) -> None:
        """Lets another process open the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._lock.release()

    def _replace(self, records: Iterable[dict[str, Any]]) -> None:
        before, self._id = self._id, secrets.token_hex(8)
        number = 0
        try:
            file = os.open(self._new, _WRITE | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                header = {"journal": _FORMAT, "id": self._id, "sealed": self._seal.sealed}
                _write(file, _checked(json.dumps(header).encode()))
                # The first record shows whether a key is the right one.
                for number, record in enumerate([{"t": "open"}, *records]):
                    _write(file, self._line(record, number))
                os.fsync(file)
            finally:
                os.close(file)
        except BaseException:
            self._id = before
            raise
        # Windows renames no file that is open.
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        os.replace(self._new, self._path)
        _sync_folder(self._path.parent)
        self._file = os.open(self._path, _WRITE)
        self._lines, self._length = number + 1, os.fstat(self._file).st_size

    def _read(self) -> list[dict[str, Any]]:
        stored = self._path.read_bytes()
        lines, whole = _whole_lines(stored)
        if not lines:
            raise JournalDamaged("the file is no journal")
        header = json.loads(lines[0])
        if header.get("journal") != _FORMAT:
            raise JournalError("another version of this package wrote the journal")
        if header["sealed"] != self._seal.sealed:
            raise JournalKeyError("the journal is encrypted" if header["sealed"] else "the journal is not encrypted")
        self._id = header["id"]
        records = [json.loads(self._seal.open(line, self._place(at))) for at, line in enumerate(lines[1:])]
        if self._file < 0:
            self._file = os.open(self._path, _WRITE)
        if whole < len(stored):
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        self._lines, self._length = len(records), whole
        return records[1:]

    def _line(self, record: dict[str, Any], number: int) -> bytes:
        text = json.dumps(record, separators=(",", ":")).encode()
        return _checked(self._seal.close(text, self._place(number)))

    def _place(self, number: int) -> bytes:
        return f"{self._id}:{number}".encode()

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self._length)
        except OSError:
            # The next start cuts it off. Until then nothing may follow half a line.
            self.close()


def _checked(text: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _whole_lines(stored: bytes) -> tuple[list[bytes], int]:
    """The texts of the whole lines at the start, and how many bytes they take. Raises `JournalDamaged`."""
    texts: list[bytes] = []
    whole = 0
    torn = False
    *lines, _rest = stored.split(b"\n")
    for line in lines:
        text = line[9:]
        intact = line[:9] == b"%08x " % zlib.crc32(text)
        if intact and torn:
            raise JournalDamaged("a line in the middle of the journal is not what was written")
        if not intact:
            torn = True
        elif not torn:
            texts.append(text)
            whole += len(line) + 1
    return texts, whole


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _sync_folder(folder: Path) -> None:
    # Windows can open no folder, and keeps names by itself.
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
