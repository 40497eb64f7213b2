"""The queues that work waits in, and those for what cannot be done."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Self

import boto3
from botocore.config import Config

from customers.domain.stats.customer_refs import Bucket, CustomerRef
from customers.store.stats.changes import message_of, rolls_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_WAIT = 120
"""Seconds between two tries of a message."""
SHORTLY = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""How long to wait for a queue: less than the function has, which by the usual would wait for ten minutes."""


class WorkQueue:
    """What may be done with a message besides being done with it."""

    name: ClassVar[str]
    """The queue's URL is in `{name}_QUEUE`, that of its dead letters, if it has any, in `DEAD_{name}_QUEUE`."""

    def __init__(self, client: SQSClient, queue: str, dead_letters: str | None = None) -> None:
        self._client = client
        self._queue = queue
        self._dead_letters = dead_letters

    @classmethod
    def connect(cls) -> Self:
        return cls(
            boto3.client("sqs", config=SHORTLY),
            os.environ[f"{cls.name}_QUEUE"],
            os.environ.get(f"DEAD_{cls.name}_QUEUE"),
        )

    def send(self, *bodies: str, delay_seconds: int = 0) -> None:
        """Have them taken, after a while. If it raises, some of them may be on their way."""
        for body in bodies:
            self._client.send_message(QueueUrl=self._queue, MessageBody=body, DelaySeconds=delay_seconds)

    def defer(self, receipt_handle: str, tries: int) -> None:
        """Have the message come back soon at first, then ever later."""
        wait = min(2 ** (tries - 1), LONGEST_WAIT)
        self._client.change_message_visibility(
            QueueUrl=self._queue, ReceiptHandle=receipt_handle, VisibilityTimeout=wait
        )

    def refuse(self, body: str, reason: str) -> None:
        """Keep the message, with why nothing can be done, for a person to mend and redrive."""
        assert self._dead_letters  # noqa: S101 - who refuses has named where to
        self._client.send_message(
            QueueUrl=self._dead_letters,
            MessageBody=body,
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
        )


class FactQueue(WorkQueue):
    """Facts that wait to be folded."""

    name = "FACTS"


class ChangeQueue(WorkQueue):
    """Changes that could not be settled when the stream told of them."""

    name = "CHANGES"

    def keep(self, waiting: Iterable[CustomerRef | Bucket]) -> None:
        """Have them tried again, each by itself."""
        self.send(*map(message_of, waiting))


class OutboxQueue(ChangeQueue):
    """Customers whose outbox could not be emptied when the stream told of it."""

    name = "OUTBOX"


class OverdrawnQueue(WorkQueue):
    """Customers whose balance is below 0 and is looked at again."""

    name = "OVERDRAWN"

    def watch(self, changes: Iterable[CustomerRef], delay: int) -> None:
        """Have them looked at after so many seconds, many with one message."""
        self.send(*rolls_of(changes), delay_seconds=delay)


class MergeQueue(WorkQueue):
    """Absorbed customers whose history waits to be brought over."""

    name = "MERGES"


class VerificationQueue(WorkQueue):
    """Verifications that wait for their link to be sent."""

    name = "VERIFICATIONS"
