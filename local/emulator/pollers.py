"""Each stream of a table is polled by a thread of its own, beside the queues, as on AWS.

The emulator has one thread that polls them all, and calls the functions of streams in it: while one of them runs, no
queue is looked at, and a function that takes long holds up all others.

Also, the emulator takes a batch from the stream and then filters it, so a function that wants few of the records gets
very small batches. Here a batch has as many records as the filter lets through. Records that all functions have read
are forgotten.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ministack.services import dynamodb, lambda_svc  # type: ignore[import-not-found]

from local.snapshots import files

AT_MOST = 1.0
"""Seconds until a stream is looked at without a change of a table."""
LOOKS_AT = 2000
"""Records that are filtered for a batch."""
FORGETS = 5000
"""Records that are forgotten at a time."""
GAP = 0.05
"""Seconds before the next look, after a change that was one of another table."""
_all_sources = lambda_svc._iter_all_esms
_first_records = dynamodb.stream_records_since
_mine = threading.local()
_forgetting = threading.Lock()
"""Held while positions in a stream and its records must fit together."""

Source = tuple[str, str, dict[str, Any]]
"""Account, region and event source mapping."""


class Wakes:
    """In the place of the event that a change of a table sets: each stream's thread has an event of its own."""

    def __init__(self, queues: threading.Event) -> None:
        self._queues = queues
        self._streams: list[threading.Event] = []

    def add(self) -> threading.Event:
        self._streams = [*self._streams, threading.Event()]
        return self._streams[-1]

    def remove(self, event: threading.Event) -> None:
        self._streams = [each for each in self._streams if each is not event]

    def set(self) -> None:
        """No queue has changed; but the thread that polls queues also sees new mappings."""
        for each in self._streams or [self._queues]:
            if not each.is_set():
                each.set()


def install() -> None:
    """Have the emulator's poller poll queues only, and start a thread for each mapping of a stream that it sees."""
    wakes, polled = Wakes(dynamodb.esm_wake), set[str]()

    def start_streams() -> bool:
        for _, _, mapping in _all_sources():
            if _is_stream(mapping) and mapping["UUID"] not in polled:
                polled.add(mapping["UUID"])
                given = mapping["UUID"], wakes, poll_streams, polled
                threading.Thread(target=_poll, args=given, daemon=True).start()
        return False

    poll_streams = lambda_svc._poll_dynamodb_streams
    dynamodb.esm_wake = wakes
    dynamodb.stream_records_since = _records
    lambda_svc._iter_all_esms = _sources
    lambda_svc._poll_dynamodb_streams = start_streams


def _poll(mapping: str, wakes: Wakes, poll_streams: Any, polled: set[str]) -> None:
    """Until the mapping is gone."""
    _mine.mapping = mapping
    wake, in_vain = wakes.add(), False
    while any(True for _ in _sources()):
        wake.clear()
        try:
            found = poll_streams()
            if found:
                _forget_read()
        except Exception:  # noqa: BLE001 - as the emulator's own loop
            lambda_svc.logger.exception("a stream could not be polled")
            found = False
        if found:
            in_vain = False
        else:
            if in_vain:
                time.sleep(GAP)
            in_vain = wake.wait(AT_MOST)
    wakes.remove(wake)
    polled.discard(mapping)


def _sources() -> Iterator[Source]:
    """Of a stream's thread its own mapping, of every other thread all."""
    mapping = getattr(_mine, "mapping", None)
    return (each for each in _all_sources() if mapping in (None, each[2]["UUID"]))


def _records(table: str, position: int, limit: int, **scope: Any) -> list[dict[str, Any]]:
    """In a stream's thread all records up to the last that the batch has, else the first ones."""
    mapping = next((each for _, _, each in _sources()), {}) if hasattr(_mine, "mapping") else {}
    if not mapping.get("FilterCriteria"):
        with _forgetting:
            return list(_first_records(table, position, limit, **scope))
    with _forgetting:
        records = _first_records(table, position, max(limit, LOOKS_AT), **scope)
    wanted = (place for place, each in enumerate(records, 1) if lambda_svc._apply_filter_criteria([each], mapping))
    return list(records[: next(islice(wanted, limit - 1, None), len(records))])


def _forget_read() -> None:
    """Records that all readers of a stream have read. A snapshot does not keep them either, and waits for this."""
    with dynamodb._lock, _forgetting:
        for (account, region, table), held in dynamodb._stream_records.all_items():
            gone = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
            positions = files.positions(account, region, table)
            read = min(positions, default=gone) - gone
            if read >= FORGETS:
                del held[:read]
                dynamodb._stream_trimmed.set_scoped(account, region, table, gone + read)


def _is_stream(mapping: dict[str, Any]) -> bool:
    return ":dynamodb:" in mapping.get("EventSourceArn", "")
