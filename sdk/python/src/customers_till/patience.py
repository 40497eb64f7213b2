"""A request that may wait: sent again under the same key until it passes, is refused, or its time is over."""

from __future__ import annotations

import queue
import random
import threading
import time
from typing import Any

from customers_till.errors import ApiError, DeadlineExceeded, may_pass
from customers_till.http import Cancellation, Http, Wanted
from customers_till.types import Answer

DEADLINE = 15.0
"""Seconds."""
_PATIENCE = 4.0
"""Seconds that one attempt may take. What it did is not lost: the next one has the same key."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


def send(http: Http, wanted: Wanted, deadline: float = DEADLINE) -> Answer[Any]:
    """Raises the refusal, or `DeadlineExceeded` from the last failure. `deadline` is in seconds."""
    ends = time.monotonic() + deadline
    pause = _FIRST_PAUSE
    while True:
        try:
            return _attempt(http, wanted, min(_PATIENCE, ends - time.monotonic()))
        except Exception as error:
            if not may_pass(error) and not isinstance(error, DeadlineExceeded):
                raise
            told = error.retry_after if isinstance(error, ApiError) else None
            # Tills that were cut off together must not come back together.
            wait = pause * random.uniform(0.5, 1.0) if told is None else told  # noqa: S311
            if time.monotonic() + wait >= ends:
                if isinstance(error, ApiError):
                    raise
                raise DeadlineExceeded("there was no answer before the deadline") from error
        time.sleep(wait)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _attempt(http: Http, wanted: Wanted, patience: float) -> Answer[Any]:
    """On a thread of its own, because no timeout of a socket bounds the whole of a slow answer."""
    ended: queue.SimpleQueue[Answer[Any] | Exception] = queue.SimpleQueue()
    cancellation = Cancellation()

    def act() -> None:
        try:
            ended.put(http.send(wanted, patience, cancellation))
        # A thread of its own must hand every error to the thread that waits.
        except Exception as error:  # noqa: BLE001
            ended.put(error)

    threading.Thread(target=act, name="request", daemon=True).start()
    try:
        outcome = ended.get(timeout=max(0.001, patience))
    except queue.Empty:
        raise DeadlineExceeded("there was no answer in time") from None
    finally:
        cancellation.cancel()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
