"""One message of the dead-letter queue, and the file in which a person can mend it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

NO_REASON = "failed twelve times: the log lines of that hour say why"


@dataclass(frozen=True, slots=True)
class RefusedFact:
    """`undelivered`: the bus could not put it into the fact queue, so it is a whole event that nobody has read yet."""

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
        """The fact's type, as far as one can tell."""
        try:
            told = json.loads(self.body)["detail-type"]
        except (ValueError, RecursionError, KeyError, TypeError):
            return "?"
        return told if isinstance(told, str) else "?"

    def file(self, folder: Path) -> Path:
        return folder / f"{self.id}.json"

    def readable(self) -> str:
        """The body as one would like to edit it; as it came when it is not JSON."""
        try:
            pretty = json.dumps(json.loads(self.body), ensure_ascii=False, indent=2) + "\n"
        except (ValueError, RecursionError):
            return self.body
        # A lone surrogate is no character of UTF-8; its escape is the same to JSON.
        return pretty.encode(errors="backslashreplace").decode()

    def write(self, folder: Path) -> None:
        """Lay it down for its owner's eyes only. One that is there already stays: somebody may have edited it."""
        file = self.file(folder)
        if file.exists():
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = file.with_name(f"{file.name}.new")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(self.readable())
        written.replace(file)
