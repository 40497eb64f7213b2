"""What a till has recorded and the service does not have yet, on disk and in order."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from customers_till.log_file import LogFile
from customers_till.sealing import Encrypted, Plain
from customers_till.types import EventBody

KEY_LIVES = timedelta(hours=72)
"""The least time for which the service keeps a key: `retention_days` of `/capabilities`."""
_MARGIN = timedelta(hours=1)
_CLOCK_STEP = 300.0
_MANY = 1000
"""Dead lines that a file may hold."""

Reason = Literal["refused", "key_over"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way. Its `repr` shows neither the customer nor what happened."""

    number: int
    key: str
    phone: str = field(repr=False)
    event: EventBody = field(repr=False)
    recorded_at: float
    """Seconds since 1970, by the till's clock."""
    tried_at: float | None = None
    """When it was first sent; from then on the service may have it."""
    held: Reason | None = None
    """Why it is not sent by itself: the service refused it, or its key may be forgotten, so that another try could
    record it twice."""
    refusal: str | None = field(default=None, repr=False)
    request_id: str | None = None


class Journal:
    """A file that survives a kill between any two writes. One process has it open at a time.

    With a `key` of 32 bytes it is encrypted. Raises `JournalBusy`, `JournalDamaged`, `JournalKeyError`, and `OSError`
    where the disk is full.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        *,
        key: bytes | None = None,
        key_lives: timedelta = KEY_LIVES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._key_lives = (key_lives - _MARGIN).total_seconds()
        self._lock = threading.RLock()
        self._entries: dict[int, Entry] = {}
        self._next = 1
        self._dead = 0
        self._file = LogFile(Path(path), Encrypted(key) if key is not None else Plain())
        for record in self._file.records:
            self._apply(record)
        if self._dead:
            self.tidy()

    def add(self, phone: str, event: EventBody) -> Entry:
        """Once this returns, the event is on disk."""
        with self._lock:
            entry = Entry(self._next, str(uuid.uuid4()), phone, event, self._now())
            self._write(_added(entry))
            return entry

    @property
    def waiting(self) -> list[Entry]:
        """What is still to be sent, in the order in which it was recorded."""
        with self._lock:
            return [each for each in self._entries.values() if each.held is None]

    @property
    def held(self) -> list[Entry]:
        """What is not sent by itself: decide with `release` or `dismiss`."""
        with self._lock:
            return [each for each in self._entries.values() if each.held is not None]

    def first(self) -> Entry | None:
        """The next entry to send. One whose key may be forgotten is held instead."""
        with self._lock:
            for entry in list(self._entries.values()):
                if entry.held is None and self._key_is_over(entry):
                    self.hold(entry, "key_over")
                elif entry.held is None:
                    return entry
            return None

    def trying(self, entry: Entry) -> None:
        """On disk before the request leaves: from now on the service may have the event."""
        with self._lock:
            if entry.number in self._entries and entry.tried_at is None:
                self._write({"t": "try", "n": entry.number, "at": self._now()})

    def sent(self, entry: Entry) -> None:
        """The service has it. If the power fails now, it is sent again under its key, without effect."""
        self._end(entry, durable=False)

    def hold(self, entry: Entry, why: Reason, refusal: str | None = None, request_id: str | None = None) -> None:
        """Stops sending an entry by itself, and keeps it."""
        with self._lock:
            if entry.number in self._entries:
                self._write({"t": "hold", "n": entry.number, "why": why, "said": refusal, "request": request_id})

    def release(self, entry: Entry) -> None:
        """Sends a held entry as a new one, under a new key, after all others. It may be recorded twice if its key was
        over."""
        with self._lock:
            if entry.number in self._entries:
                self._write({"t": "again", "n": entry.number, "as": self._next, "key": str(uuid.uuid4())})

    def dismiss(self, entry: Entry) -> None:
        """Forgets a held entry."""
        self._end(entry, durable=True)

    def tidy(self) -> None:
        """Removes from the disk what the service has."""
        with self._lock:
            if not self._dead:
                return
            records: list[dict[str, Any]] = [{"t": "next", "n": self._next}]
            for entry in self._entries.values():
                records += _lines_of(entry)
            self._file.replace(records)
            self._dead = 0

    def close(self) -> None:
        """Lets another process open the journal. What waits stays on disk."""
        with self._lock:
            self._file.close()

    def _end(self, entry: Entry, *, durable: bool) -> None:
        with self._lock:
            if entry.number in self._entries:
                self._write({"t": "end", "n": entry.number}, durable=durable)
            if self._dead > _MANY:
                self.tidy()

    def _key_is_over(self, entry: Entry) -> bool:
        if entry.tried_at is None:
            return False
        # A clock that was set back says nothing about how long ago it was.
        return not -_CLOCK_STEP <= self._now() - entry.tried_at < self._key_lives

    def _write(self, record: dict[str, Any], *, durable: bool = True) -> None:
        self._file.append(record, durable=durable)
        self._apply(record)

    def _apply(self, record: dict[str, Any]) -> None:
        kind, number = record["t"], record["n"]
        if kind == "next":
            self._next = max(self._next, number)
        elif kind == "add":
            event: EventBody = record["event"]
            self._entries[number] = Entry(number, record["key"], record["phone"], event, record["at"])
            self._next = max(self._next, number + 1)
        elif kind == "again":
            old = self._entries.pop(number)
            self._entries[record["as"]] = Entry(record["as"], record["key"], old.phone, old.event, old.recorded_at)
            self._next, self._dead = max(self._next, record["as"] + 1), self._dead + 2
        elif kind == "end":
            self._dead += 2 if self._entries.pop(number, None) else 0
        else:
            self._entries[number] = _changed(self._entries[number], record)


def _changed(entry: Entry, record: dict[str, Any]) -> Entry:
    if record["t"] == "try":
        return replace(entry, tried_at=record["at"])
    return replace(entry, held=record["why"], refusal=record["said"], request_id=record["request"])


def _added(entry: Entry) -> dict[str, Any]:
    return {
        "t": "add",
        "n": entry.number,
        "key": entry.key,
        "phone": entry.phone,
        "event": entry.event,
        "at": entry.recorded_at,
    }


def _lines_of(entry: Entry) -> list[dict[str, Any]]:
    lines = [_added(entry)]
    if entry.tried_at is not None:
        lines.append({"t": "try", "n": entry.number, "at": entry.tried_at})
    if entry.held is not None:
        said = {"said": entry.refusal, "request": entry.request_id}
        lines.append({"t": "hold", "n": entry.number, "why": entry.held, **said})
    return lines
