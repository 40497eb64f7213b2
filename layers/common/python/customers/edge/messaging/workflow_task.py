"""Handles a workflow's task. Its outcome is a word, and its failure reveals no person."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from customers.edge.log import describe, log_done, logger

Given = Mapping[str, str]
Act = Callable[[Given, datetime], str]
"""Carries out the task at an instant, and returns the outcome as a word."""


class StepFailed(Exception):  # noqa: N818 - the name that the workflow sees
    """The task must be retried. Only the log has the cause, because an erasure cannot reach the workflow's history."""


def step(operation: str, act: Act) -> Callable[[Given, object], dict[str, str]]:
    """A Lambda handler for a task. It may run again at any time, so `act` must be idempotent."""

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
