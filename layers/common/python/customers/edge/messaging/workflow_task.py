"""From a workflow's state to what it does and back: its outcome is a word, its failure says nothing of whom it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from customers.edge.log import describe, log_done, logger

Given = Mapping[str, str]
Act = Callable[[Given, datetime], str]
"""Does what the state is there for, at an instant, and says in a word what came of it."""


class StepFailed(Exception):  # noqa: N818 - the name that the workflow sees
    """It is to be tried again. Why is in the log; the workflow's history is kept where erasure does not reach."""


def step(operation: str, act: Act) -> Callable[[Given, object], dict[str, str]]:
    """A Lambda handler for a state. It may be run again at any time, so `act` does nothing twice."""

    def handler(given: Given, _context: object) -> dict[str, str]:
        started = time.perf_counter()
        try:
            outcome = act(given, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001
            logger.warning("failed", extra={"operation": operation, **describe(error)})
            log_done("stepped", operation, 1, started)
            raise StepFailed from None
        log_done("stepped", operation, 0, started, outcome=outcome)
        return {"outcome": outcome}

    return handler
