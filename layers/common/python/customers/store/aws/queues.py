"""The queues of waiting work, and their dead-letter queues."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Self

import boto3
from botocore.config import Config

from customers.domain.refusals import OutcomeUnknown
from customers.domain.stats.customer_refs import CustomerRef, Waiting
from customers.store.aws.messages import batches_of, message_of
from customers.store.faults import named_faults

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_WAIT = 120
"""The most seconds between two attempts of a message."""
SHORTLY = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
"""Shorter timeouts than the function's own; botocore's defaults would wait for ten minutes."""


class WorkQueue:
    """A queue, and what may be done with a message that cannot be finished. Every call raises `Unavailable`."""

    name: ClassVar[str]
    """The queue's URL is in `{name}_QUEUE`, that of its dead-letter queue, if it has one, in `DEAD_{name}_QUEUE`."""

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
        """Send messages. If it raises, some of them may have been sent."""
        for body in bodies:
            with named_faults(OutcomeUnknown):
                self._client.send_message(QueueUrl=self._queue, MessageBody=body, DelaySeconds=delay_seconds)

    def defer(self, receipt_handle: str, tries: int) -> None:
        """Let the message come back: soon after the first attempts, later after more."""
        self.hide(receipt_handle, min(2 ** (tries - 1), LONGEST_WAIT))

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Let the message come back after so many seconds."""
        with named_faults():
            self._client.change_message_visibility(
                QueueUrl=self._queue, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )

    def refuse(self, body: str, reason: str) -> None:
        """Put the message and the reason into the dead-letter queue, for the operator to fix and redrive."""
        assert self._dead_letters  # noqa: S101 - a queue whose messages are refused has one
        with named_faults(OutcomeUnknown):
            self._client.send_message(
                QueueUrl=self._dead_letters,
                MessageBody=body,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
            )


class FactQueue(WorkQueue):
    """Facts to be folded."""

    name = "FACTS"


class RegistryFactQueue(WorkQueue):
    """Facts about enterprises, branches and access. Refused ones go to the same queue as the other refused facts."""

    name = "REGISTRY_FACTS"

    @classmethod
    def connect(cls) -> Self:
        queues = os.environ[f"{cls.name}_QUEUE"], os.environ["DEAD_FACTS_QUEUE"]
        return cls(boto3.client("sqs", config=SHORTLY), *queues)


class BulkFactQueue(RegistryFactQueue):
    """Facts of a load or a replay. Live facts do not wait behind them."""

    name = "BULK_FACTS"


class ChangeQueue(WorkQueue):
    """Changes that could not be reconciled when they came on the stream."""

    name = "CHANGES"

    def keep(self, waiting: Iterable[Waiting]) -> None:
        """Send them, each as a message of its own."""
        self.send(*map(message_of, waiting))


class OutboxQueue(ChangeQueue):
    """Customers whose outbox could not be emptied when it came on the stream."""

    name = "OUTBOX"


class OverdrawnQueue(WorkQueue):
    """Customers whose balance is below 0, to be looked at again."""

    name = "OVERDRAWN"

    def watch(self, changes: Iterable[CustomerRef], delay: int) -> None:
        """Send them, many in one message, to be looked at after so many seconds."""
        self.send(*batches_of(changes), delay_seconds=delay)


class VerificationQueue(WorkQueue):
    """Verifications whose link is still to be sent."""

    name = "VERIFICATIONS"


class ErasureQueue(WorkQueue):
    """Erasures whose workflow is still to be started."""

    name = "ERASURES"
