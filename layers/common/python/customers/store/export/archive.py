"""A ZIP of JSON Lines, written as a stream: memory does not grow with its length."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from customers.domain.canonical_json import compact_json
from customers.domain.export import MANIFEST, Line, Part

Files = Iterable[tuple[str, Iterable[Line]]]
_LINE_ENDS = {ord(each): f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}
"""Characters that JSON allows, and that some readers take for the end of a line."""


class Stream(Protocol):
    """What the archive is written to."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


def write_archive(
    stream: Stream, files: Files, manifest: Callable[[Sequence[Part]], Mapping[str, Any]], at: datetime
) -> None:
    """Write the files line by line, and at the end the manifest, which describes them."""
    # A stream cannot seek back, so sizes and checksums follow their files.
    with zipfile.ZipFile(stream, "w") as archive:
        parts = [_write_lines(archive, name, lines, at) for name, lines in files]
        with archive.open(_entry(MANIFEST, at), "w") as file:
            file.write(json.dumps(manifest(parts), ensure_ascii=False, indent=2).encode() + b"\n")


def _write_lines(archive: zipfile.ZipFile, name: str, lines: Iterable[Line], at: datetime) -> Part:
    count, size, digest = 0, 0, hashlib.sha256()
    with archive.open(_entry(name, at), "w") as file:
        for line in lines:
            text = _line(line)
            file.write(text)
            digest.update(text)
            count, size = count + 1, size + len(text)
    return Part(name, count, size, digest.hexdigest())


def _line(line: Line) -> bytes:
    return compact_json(line).translate(_LINE_ENDS).encode() + b"\n"


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
