"""One refused fact, and the file in which the operator can fix it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from customers.store.dynamodb.items import Item
from customers.store.refused_facts.sealed import SealingKey


@dataclass(frozen=True, slots=True)
class RefusedFact:
    """`unread`: the bus could not deliver it, or no function could take it, so it may be a good fact."""

    id: str
    row: Item = field(repr=False)
    body: str = field(repr=False)
    reason: str
    unread: bool
    refused_at: datetime

    @staticmethod
    def of(row: Item, key: SealingKey) -> RefusedFact:
        """`key` opens what is sealed for the operator."""
        return RefusedFact(
            row["sk"]["S"].partition("#")[2],
            row,
            key.open(row) if "sealed" in row else row["body"]["S"],
            row["reason"]["S"],
            row["unread"]["BOOL"],
            datetime.fromisoformat(row["refused_at"]["S"]).astimezone(UTC),
        )

    @property
    def type(self) -> str:
        """The fact's type, or `?` if it cannot be read."""
        try:
            told = json.loads(self.body)["detail-type"]
        except (ValueError, RecursionError, KeyError, TypeError):
            return "?"
        return told if isinstance(told, str) else "?"

    def file(self, folder: Path) -> Path:
        return folder / f"{self.id}.json"

    def readable(self) -> str:
        """The body, indented for editing; unchanged if it is not JSON."""
        try:
            pretty = json.dumps(json.loads(self.body), ensure_ascii=False, indent=2) + "\n"
        except (ValueError, RecursionError):
            return self.body
        # UTF-8 cannot encode a lone surrogate; its escape means the same in JSON.
        return pretty.encode(errors="backslashreplace").decode()

    def write(self, folder: Path) -> None:
        """Write the file, readable by its owner only. An existing file stays: the operator may have edited it."""
        file = self.file(folder)
        if file.exists():
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = file.with_name(f"{file.name}.new")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(self.readable())
        written.replace(file)
