"""Opens a file as people send it: compressed, with a byte order mark, in UTF-16. One line in memory at a time."""

from __future__ import annotations

import codecs
import gzip
import io
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from admin.loads.wrong import CannotRead

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_NO_TEXT = {
    b"PK\x03\x04": "is a spreadsheet or a ZIP archive: save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet (.xls): save the sheet as CSV UTF-8",
    b"%PDF": "is a PDF: export the table as CSV UTF-8",
    b"BZh": "is compressed with bzip2: send it as it is, or with gzip",
    b"\xfd7zXZ": "is compressed with xz: send it as it is, or with gzip",
    b"7z\xbc\xaf": "is a 7z archive: send the file in it as it is, or with gzip",
    _GZIP: "is compressed twice",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32 first: its mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4096
"""Bytes from which the encoding is told."""
LONGEST = 1_000_000
"""Characters of a line. No fact has as many; without a bound, a file without line ends would be all in memory."""


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """The file's text, with its line ends. What is not in its encoding becomes a lone surrogate, which a row refuses.

    Raises `CannotRead` for what is no text.
    """
    first = _beginning(path)
    if first.startswith(_ZSTD):
        with _decompressed(path) as plain:
            yield _reader(plain, plain.peek(_SAMPLE)[:_SAMPLE])
        return
    compressed = first.startswith(_GZIP)
    with _binary(path, compressed=compressed) as raw:
        yield _reader(raw, _beginning(path, compressed=True) if compressed else first)


def lines(file: IO[str]) -> Iterator[str]:
    """Each line with its end. Raises `CannotRead` where the file ends too early, or a line does not end."""
    number = 0
    try:
        while line := file.readline(LONGEST):
            number += 1
            if len(line) == LONGEST and not line.endswith(("\n", "\r")):
                raise CannotRead(f"line {number:,} has more than {LONGEST:,} characters: no customer's has")
            yield line
    except EOFError:
        raise CannotRead(f"ends in the middle, after line {number:,}: send it again") from None
    except UnicodeError:
        raise CannotRead(f"is not in the encoding that it begins with, after line {number:,}") from None
    except (OSError, zlib.error):
        raise CannotRead(f"is damaged after line {number:,}: send it again") from None


def _reader(raw: BinaryIO, beginning: bytes) -> IO[str]:
    if not beginning:
        raise CannotRead("is empty")
    for mark, reason in _NO_TEXT.items():
        if beginning.startswith(mark):
            raise CannotRead(reason)
    encoding = _encoding(beginning)
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
            return file.read(_SAMPLE)
        except (OSError, EOFError, zlib.error):
            raise CannotRead("is not a whole gzip file: send it again") from None


def _encoding(sample: bytes) -> str:
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    # Without a mark: digits, delimiters and line ends have a zero in every second byte, whatever the language.
    zeros = [sample[side::2].count(0) for side in (0, 1)]
    if max(zeros) * 20 > len(sample):
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    return "utf-8"
