"""Opens a file as people send it: compressed, with a byte order mark, in UTF-16. One line in memory at a time."""

from __future__ import annotations

import codecs
import gzip
import io
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from admin.loads.wrong import CannotRead

_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """The file's text, with its line ends. What is not in its encoding becomes a lone surrogate, which a row refuses.

    Raises `CannotRead` for what is no text.
    """
    first = _beginning(path)
    if first.startswith(_ZIP):
        raise CannotRead("is a spreadsheet or a ZIP archive: save the sheet as CSV UTF-8")
    if first.startswith(_ZSTD):
        with _decompressed(path) as plain:
            yield _reader(plain, _encoding(plain.peek(4)))
        return
    raw = _binary(path, compressed=first.startswith(_GZIP))
    with raw:
        head = _beginning(path, compressed=True) if first.startswith(_GZIP) else first
        yield _reader(raw, _encoding(head))


def _reader(raw: BinaryIO, encoding: str) -> IO[str]:
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    return io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="")


def _binary(path: Path, *, compressed: bool) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb")) if compressed else path.open("rb")


@contextmanager
def _decompressed(path: Path) -> Iterator[io.BufferedReader]:
    """By the `zstd` command, because Python has no zstd of its own before 3.14."""
    command = shutil.which("zstd")
    if command is None:
        raise CannotRead("is compressed with zstd, and there is no zstd command here: install it, or send gzip")
    arguments = [command, "-dcq", "--", str(path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:  # noqa: S603
        try:
            plain = cast("io.BufferedReader", run.stdout)
            yield plain
        except BaseException:
            run.kill()
            raise
        if run.wait() != 0:
            raise CannotRead("is not a whole zstd file: send it again")


def _beginning(path: Path, *, compressed: bool = False) -> bytes:
    with _binary(path, compressed=compressed) as file:
        try:
            return file.read(4)
        except (OSError, EOFError):
            raise CannotRead("is not a whole gzip file: send it again") from None


def _encoding(first: bytes) -> str:
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding
    # Without a mark: a header in Latin letters has a zero in every second byte.
    if first[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if first[:1] == b"\0" else "utf-8"
