"""One message of the dead-letter queue, and the file in which the operator can fix it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

NO_REASON = "failed twelve times; the log of that hour shows why"


@dataclass(frozen=True, slots=True)
class RefusedFact:
    """`undelivered`: the bus could not deliver it to the fact queue, so it is a whole event that nobody has read."""

    id: str
    handle: str = field(repr=False)
    body: str = field(repr=False)
    reason: str
    undelivered: bool
    sent_at: datetime

    @staticmethod
    def of(message: MessageTypeDef) -> RefusedFact:
        attributes = {name: told.get("StringValue", "") for name, told in message.get("MessageAttributes", {}).items()}
        code = attributes.get("ERROR_CODE")
        return RefusedFact(
            message["MessageId"],
            message["ReceiptHandle"],
            message["Body"],
            f"the bus could not deliver it: {code}" if code else attributes.get("reason", NO_REASON),
            code is not None,
            datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
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
