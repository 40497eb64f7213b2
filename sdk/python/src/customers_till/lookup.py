"""The lookup of a till: an answer within a deadline, one retry inside it, and never an answer that is late.

A newer lookup cancels the older one. An answer is delivered at most once, to the lookup that asked for it, and only
while no newer lookup has begun.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from customers_till.errors import ApiError, CustomersError, DeadlineExceeded, Superseded, may_pass
from customers_till.http import Cancellation, Http, Wanted
from customers_till.types import Answer, Include, LookupData

DEADLINE = 0.8
"""Seconds."""
_ATTEMPTS = 2
_PAUSE = 0.05

LookupAnswer = Answer[LookupData]


@dataclass(slots=True)
class _Run:
    """One lookup on its way."""

    ends: float
    retry_at: float | None
    begun: int = 0
    running: int = 0
    outcome: LookupAnswer | BaseException | None = None
    failure: BaseException | None = None
    requests: Cancellation = field(default_factory=Cancellation)


class Lookups:
    """Looks customers up, one at a time. Call it from any thread."""

    def __init__(self, http: Http, deadline: float = DEADLINE) -> None:
        self._http = http
        self._deadline = deadline
        # Reentrant: `deliver` may begin the next lookup.
        self._changed = threading.Condition(threading.RLock())
        self._current: _Run | None = None

    def cancel(self) -> None:
        """Ends the current lookup, if there is one. Its answer is never delivered."""
        with self._changed:
            self._end_current("this lookup was cancelled")

    def lookup(
        self,
        phone: str | None = None,
        provider_customer_id: str | None = None,
        *,
        include: Iterable[Include] = (),
        deadline: float | None = None,
        deliver: Callable[[LookupAnswer], None] | None = None,
    ) -> LookupAnswer:
        """Identifies the customer at the counter: by phone, or without one by the POS provider's own id.

        `deadline` is in seconds, 0.8 unless told. `deliver` is called with the answer before any newer lookup can
        begin: draw the panel in it. Raises `Superseded`, `DeadlineExceeded`, `NetworkError`, `TokenError` or an
        `ApiError`.
        """
        given = {"phone": phone, "provider_customer_id": provider_customer_id, "include": ",".join(include) or None}
        wanted = Wanted("GET", "/customers/lookup", {name: text for name, text in given.items() if text is not None})
        lasts = self._deadline if deadline is None else deadline
        began = time.monotonic()
        # What was dropped on the way never fails: the retry starts beside it when half of the time is over.
        run = _Run(began + lasts, began + lasts / _ATTEMPTS)
        with self._changed:
            self._end_current("a newer lookup has begun")
            self._current = run
            try:
                return self._delivered(run, wanted, deliver)
            finally:
                if self._current is run:
                    self._current = None
                run.requests.cancel()

    def _end_current(self, why: str) -> None:
        if self._current:
            self._current.outcome = Superseded(why)
            self._current = None
            self._changed.notify_all()

    def _delivered(self, run: _Run, wanted: Wanted, deliver: Callable[[LookupAnswer], None] | None) -> LookupAnswer:
        self._begin(run, wanted)
        while run.outcome is None and (left := run.ends - time.monotonic()) > 0:
            if run.retry_at is not None and run.retry_at <= time.monotonic():
                run.retry_at = None
                self._begin(run, wanted)
            until = run.ends if run.retry_at is None else run.retry_at
            self._changed.wait(max(0.0, min(left, until - time.monotonic())))
        outcome = run.outcome
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome is None or time.monotonic() > run.ends:
            raise DeadlineExceeded("there was no answer before the deadline") from run.failure
        if deliver:
            deliver(outcome)
        return outcome

    def _begin(self, run: _Run, wanted: Wanted) -> None:
        run.begun += 1
        run.running += 1
        threading.Thread(target=self._attempt, args=(run, wanted), name="lookup", daemon=True).start()

    def _attempt(self, run: _Run, wanted: Wanted) -> None:
        outcome: LookupAnswer | BaseException
        try:
            outcome = self._http.send(wanted, max(0.001, run.ends - time.monotonic()), run.requests)
        # A thread of its own must hand every error to the thread that waits.
        except Exception as error:  # noqa: BLE001
            outcome = error
        with self._changed:
            run.running -= 1
            if run.outcome is None:
                self._settle(run, outcome)
                self._changed.notify_all()

    def _settle(self, run: _Run, outcome: LookupAnswer | BaseException) -> None:
        if isinstance(outcome, Answer):
            run.outcome = outcome
            return
        run.failure = outcome if isinstance(outcome, CustomersError) else None
        wait = outcome.retry_after if isinstance(outcome, ApiError) else None
        again = time.monotonic() + (_PAUSE if wait is None else wait)
        if may_pass(outcome) and run.begun < _ATTEMPTS and again < run.ends:
            run.retry_at = again
        elif not may_pass(outcome) or not run.running:
            run.outcome = outcome
