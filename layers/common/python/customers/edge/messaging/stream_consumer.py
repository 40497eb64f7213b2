"""From a batch of a table's stream to what it tells of: done now, or kept where it waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.log import describe, log_done, logger

Batch = Mapping[str, Any]
Record = Mapping[str, Any]
Act = Callable[[Sequence[Record]], Mapping[CustomerRef, Exception | None]]
"""Does what records ask for, and says of each change that they tell of why it could not be done; None where it was."""


def follow(operation: str, act: Act, keep: Callable[[Iterable[CustomerRef]], None]) -> Callable[[Batch, object], None]:
    """A Lambda handler for a stream. What cannot be done now is kept in a queue: the stream does not stand still.

    If the queue does not take it, this raises and the stream brings the batch again, which does no harm.
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
