"""The overdrawn queue's consumer: balances that are still below 0 after a while are counted, and looked at again."""

import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from customers.domain.changes import Change
from customers.edge.log import describe, log_done, logger
from customers.store.changes import changes_on, rolls_of
from customers.store.current import Current
from customers.store.queues import OverdrawnQueue, WorkQueue
from customers.store.rows import Item, profile_of


def watch(
    batch: Mapping[str, Any], _context: object, *, current: Current, overdrawn: WorkQueue, delay: int
) -> dict[str, Any]:
    """Whoever is still below 0 is sent again, all in few messages; so it goes on for as long as it takes."""
    started = time.perf_counter()
    watched: dict[Change, None] = {}
    failures = []
    for message in batch["Records"]:
        try:
            watched |= dict.fromkeys(changes_on(message["body"]))
        except Exception as error:  # noqa: BLE001 - this message's own
            failures.append(message)
            logger.warning("failed", extra={"message_id": message["messageId"], **describe(error)})
    below: list[Change] = []
    try:
        below = _below_zero([*watched], current)
        overdrawn.send(*rolls_of(below), delay_seconds=delay)
    # The messages come again by themselves, after the queue's own time.
    except Exception as error:  # noqa: BLE001
        failures = batch["Records"]
        logger.warning("failed", extra=describe(error))
    outcomes = {"settled": len(watched) - len(below), "below_zero": len(below), "failed": len(failures)}
    log_done("watched", "watch_balances", len(below) + len(failures), started, outcomes=outcomes)
    return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in failures]}


def _below_zero(watched: Sequence[Change], current: Current) -> list[Change]:
    """Those of them; and those of whom it cannot be told."""
    rows = current.customers(watched)
    below = [change for change in watched if change in rows and not _is_settled(rows[change])]
    for enterprise in sorted({change.enterprise for change in below}):
        ids = sorted(change.customer_id for change in below if change.enterprise == enterprise)
        logger.warning("below_zero", extra={"enterprise_id": enterprise, "customer_ids": ids})
    return below


def _is_settled(row: Item) -> bool:
    try:
        return profile_of(row).balance_minor >= 0
    except Exception as error:  # noqa: BLE001 - this customer's own
        logger.warning("failed", extra={"customer_id": row["customer_id"]["S"], **describe(error)})
        return False


handler = partial(
    watch,
    current=Current.connect(),
    overdrawn=OverdrawnQueue.connect(),
    delay=int(os.environ["OVERDRAWN_SECONDS"]),
)
