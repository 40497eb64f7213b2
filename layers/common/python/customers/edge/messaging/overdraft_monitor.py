"""Watches overdrafts: counts the customers of a batch whose balance is still below 0, and checks them again later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from customers.domain.stats.customer_refs import CustomerRef
from customers.edge.log import describe, log_done, logger
from customers.edge.messaging.message_ends import Message
from customers.edge.messaging.queue_consumer import received_at

Batch = Mapping[str, Any]
Balances = Callable[[Sequence[CustomerRef]], Mapping[CustomerRef, int | Exception]]
"""The balances of existing customers, or the error if a balance cannot be read."""

RENEWED_AFTER = timedelta(days=12)
"""A queue deletes a message after 14 days, however often it was received. A copy of it lives as long again."""


class Again(Protocol):
    """How a message with customers below 0 comes back."""

    def hide(self, receipt_handle: str, seconds: int) -> None: ...

    def send(self, body: str, /, *, delay_seconds: int = 0) -> None: ...


def watch(
    operation: str, read: Callable[[str], Iterable[CustomerRef]], balances: Balances, queue: Again, every: int
) -> Callable[[Batch, object], dict[str, Any]]:
    """A Lambda handler for a queue of lists of customers.

    A message stays in the queue as long as one of its customers is below 0, or has a balance that cannot be read. It is
    hidden for `every` seconds, and not sent again: Lambda ends what sends itself messages.
    """

    def handler(batch: Batch, _context: object) -> dict[str, Any]:
        started = time.perf_counter()
        messages, unread = _readable(batch["Records"], read)
        watched = list(dict.fromkeys(each for _, customers in messages for each in customers))
        try:
            below = _below_zero(balances(watched))
        except Exception as error:  # noqa: BLE001 - none of the customers was checked
            below, watched, messages, unread = set(), [], [], batch["Records"]
            logger.warning("failed", extra=describe(error))
        pending = [message for message, customers in messages if not below.isdisjoint(customers)]
        kept = [message for message in pending if not _renewed(message, queue, every)]
        outcomes = {"settled": len(watched) - len(below), "below_zero": len(below), "failed": len(unread)}
        log_done("watched", operation, len(below) + len(unread), started, outcomes=outcomes)
        return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in (*unread, *kept)]}

    return handler


def _readable(
    messages: Sequence[Message], read: Callable[[str], Iterable[CustomerRef]]
) -> tuple[list[tuple[Message, list[CustomerRef]]], list[Message]]:
    """Each message with its customers, and the messages that cannot be read."""
    found, unread = list[tuple[Message, list[CustomerRef]]](), list[Message]()
    for message in messages:
        try:
            found.append((message, [*read(message["body"])]))
        except Exception as error:  # noqa: BLE001 - only this message fails
            unread.append(message)
            logger.warning("failed", extra={"message_id": message["messageId"], **describe(error)})
    return found, unread


def _renewed(message: Message, queue: Again, every: int) -> bool:
    """Whether a copy takes the message's place. Else the message itself comes back after `every` seconds."""
    now = datetime.now(UTC)
    try:
        if now - received_at(message, now) > RENEWED_AFTER:
            queue.send(message["body"], delay_seconds=every)
            return True
        queue.hide(message["receiptHandle"], every)
    # It comes back anyway, after the queue's own visibility timeout.
    except Exception as error:  # noqa: BLE001
        logger.warning("left", extra={"message_id": message["messageId"], **describe(error)})
    return False


def _below_zero(balances: Mapping[CustomerRef, int | Exception]) -> set[CustomerRef]:
    """The customers below 0, and those whose balance cannot be read. Logs both."""
    for change, balance in balances.items():
        if isinstance(balance, Exception):
            logger.warning("failed", extra={"customer_id": change.customer_id, **describe(balance)})
    below = {change for change, balance in balances.items() if isinstance(balance, Exception) or balance < 0}
    for enterprise in sorted({change.enterprise for change in below}):
        ids = sorted(change.customer_id for change in below if change.enterprise == enterprise)
        logger.warning("below_zero", extra={"enterprise_id": enterprise, "customer_ids": ids})
    return below
