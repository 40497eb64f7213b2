"""Files of JSON Lines in a folder, written side by side, and the manifest that describes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from admin.stack.refusal import Refusal

MANIFEST = "manifest.json"


@dataclass
class _Part:
    file: IO[bytes]
    count: int = 0
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


class Files:
    """A folder that only its owner may read: the lines are people's data. The manifest comes last."""

    def __init__(self, folder: Path) -> None:
        """Raises `Refusal` where there is something in the folder."""
        if folder.exists() and any(folder.iterdir()):
            raise Refusal(f"{folder} is not empty: name a new folder")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._parts: dict[str, _Part] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        for part in self._parts.values():
            part.file.close()

    def write(self, name: str, lines: Iterable[Mapping[str, Any]]) -> int:
        """Append lines. A file is there even without a line. Returns how many were appended."""
        if name not in self._parts:
            self._parts[name] = _Part((self._folder / name).open("xb"))
        part, before = self._parts[name], self._parts[name].count
        for line in lines:
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            part.file.write(text)
            part.digest.update(text)
            part.count, part.size = part.count + 1, part.size + len(text)
        return part.count - before

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write the manifest: a folder without one is not complete."""
        parts = []
        for name, part in self._parts.items():
            part.file.flush()
            digest = part.digest.hexdigest()
            parts.append({"file": name, "count": part.count, "size_bytes": part.size, "sha256": digest})
        text = json.dumps({**about, "parts": parts}, ensure_ascii=False, indent=2)
        (self._folder / MANIFEST).write_text(text + "\n")
