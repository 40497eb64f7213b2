"""Handles a table's stream: each change is handled now, or kept in a queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.log import describe, log_done, logger

Batch = Mapping[str, Any]
Record = Mapping[str, Any]
Act = Callable[[Sequence[Record]], Mapping[CustomerRef, Exception | None]]
"""Handles records. Returns the error of each change, or None if it succeeded."""


def follow(operation: str, act: Act, keep: Callable[[Iterable[CustomerRef]], None]) -> Callable[[Batch, object], None]:
    """A Lambda handler for a stream. Failed changes go to a queue, so that the stream continues.

    If the queue does not accept them, this raises and the stream delivers the batch again, which does no harm.
    """

    def handler(batch: Batch, _context: object) -> None:
        started = time.perf_counter()
        records: Sequence[Record] = batch["Records"]
        outcomes = act(records)
        failed = {change: error for change, error in outcomes.items() if error is not None}
        keep(failed)
        for change, error in failed.items():
            logger.warning("failed", extra={"customer_id": change.customer_id, **describe(error)})
        log_done("followed", operation, len(failed), started, records=len(records), changes=len(outcomes))

    return handler
