"""Records events while the network is down, and sends them in order when it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from customers_till.client import TillClient
from customers_till.errors import CustomersError, IdempotencyKeyReused, PayloadTooLarge, ValidationError
from customers_till.offline.entry import Entry
from customers_till.offline.journal import Journal
from customers_till.types import Answer, EventBody, EventData

_FOR_GOOD = (ValidationError, PayloadTooLarge, IdempotencyKeyReused)
"""The same event can never pass. Everything else may: a token, a branch, an environment can be mended."""


@dataclass(frozen=True, slots=True)
class Flushed:
    """What a flush did."""

    sent: int
    held: int
    """Entries that are no longer sent by themselves; `Journal.held` has them with the reasons."""
    waiting: int
    stopped: CustomersError | None
    """Why it ended before everything was sent; None if nothing waits."""


class Recorder:
    """`record` needs no network. Call `flush` on a timer and when the network is back; from any thread.

    `on_sent` is called with each entry and the service's answer, once or, if the till is killed in between, again.
    """

    def __init__(
        self,
        client: TillClient,
        journal: Journal,
        on_sent: Callable[[Entry, Answer[EventData]], None] | None = None,
    ) -> None:
        self._client, self._journal, self._on_sent = client, journal, on_sent
        self._flushing = threading.Lock()

    def record(self, phone: str, event: EventBody) -> Entry:
        """Keeps an event. Once this returns, it is on disk and is sent exactly once. It happened now, unless it says
        otherwise."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        kept: EventBody = {"occurred_at": now, **event}
        return self._journal.add(phone, kept)

    def flush(self, deadline: float = 15.0) -> Flushed:
        """Sends what waits, oldest first, until everything is sent or something stands in the way.

        `deadline` is for each event, in seconds. An event that the service will never take is held, and does not stop
        the others.
        """
        with self._flushing:
            sent = 0
            stopped: CustomersError | None = None
            before = len(self._journal.held)
            while stopped is None and (entry := self._journal.first()):
                self._journal.trying(entry)
                try:
                    answer = self._client.record_event(entry.phone, entry.event, key=entry.key, deadline=deadline)
                except _FOR_GOOD as error:
                    self._journal.hold(entry, "refused", str(error), error.request_id)
                except CustomersError as error:
                    stopped = error
                else:
                    if self._on_sent:
                        self._on_sent(entry, answer)
                    self._journal.sent(entry)
                    sent += 1
            self._journal.tidy()
            return Flushed(sent, len(self._journal.held) - before, len(self._journal.waiting), stopped)
