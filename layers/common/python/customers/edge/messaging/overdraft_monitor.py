"""Watches overdrafts: counts the customers of a batch whose balance is still below 0, and checks them again later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.log import describe, log_done, logger

Batch = Mapping[str, Any]
Balances = Callable[[Sequence[CustomerRef]], Mapping[CustomerRef, int | Exception]]
"""The balances of existing customers, or the error if a balance cannot be read."""


def watch(
    operation: str,
    read: Callable[[str], Iterable[CustomerRef]],
    balances: Balances,
    keep: Callable[[Sequence[CustomerRef]], None],
) -> Callable[[Batch, object], dict[str, Any]]:
    """A Lambda handler for a queue of lists of customers. `keep` keeps customers below 0 for the next check.

    It also keeps customers whose balance cannot be read. Failed messages come back by the queue's own retry.
    """

    def handler(batch: Batch, _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        watched: dict[CustomerRef, None] = {}
        failures = []
        for message in batch["Records"]:
            try:
                watched |= dict.fromkeys(read(message["body"]))
            except Exception as error:  # noqa: BLE001 - only this message fails
                failures.append(message)
                logger.warning("failed", extra={"message_id": message["messageId"], **describe(error)})
        below: list[CustomerRef] = []
        try:
            below = _below_zero(balances([*watched]))
            keep(below)
        except Exception as error:  # noqa: BLE001 - none of the customers was checked
            failures = batch["Records"]
            logger.warning("failed", extra=describe(error))
        outcomes = {"settled": len(watched) - len(below), "below_zero": len(below), "failed": len(failures)}
        log_done("watched", operation, len(below) + len(failures), started, outcomes=outcomes)
        return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in failures]}

    return handler


def _below_zero(balances: Mapping[CustomerRef, int | Exception]) -> list[CustomerRef]:
    """The customers below 0, and those whose balance cannot be read. Logs both."""
    for change, balance in balances.items():
        if isinstance(balance, Exception):
            logger.warning("failed", extra={"customer_id": change.customer_id, **describe(balance)})
    below = [change for change, balance in balances.items() if isinstance(balance, Exception) or balance < 0]
    for enterprise in sorted({change.enterprise for change in below}):
        ids = sorted(change.customer_id for change in below if change.enterprise == enterprise)
        logger.warning("below_zero", extra={"enterprise_id": enterprise, "customer_ids": ids})
    return below
