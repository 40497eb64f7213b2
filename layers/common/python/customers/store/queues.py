"""The queue that facts wait in, and the one for those that cannot be applied."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_WAIT = 120
"""Seconds between two tries of a fact."""


class FactQueue:
    """What a consumer may do with a message besides being done with it."""

    def __init__(self, client: SQSClient, queue: str, dead_letters: str) -> None:
        self._client = client
        self._queue = queue
        self._dead_letters = dead_letters

    @classmethod
    def connect(cls) -> FactQueue:
        """The queues whose URLs are in `FACTS_QUEUE` and `DEAD_FACTS_QUEUE`."""
        return cls(boto3.client("sqs"), os.environ["FACTS_QUEUE"], os.environ["DEAD_FACTS_QUEUE"])

    def defer(self, receipt_handle: str, tries: int) -> None:
        """Have the message come back soon at first, then ever later."""
        wait = min(2 ** (tries - 1), LONGEST_WAIT)
        self._client.change_message_visibility(
            QueueUrl=self._queue, ReceiptHandle=receipt_handle, VisibilityTimeout=wait
        )

    def refuse(self, body: str, reason: str) -> None:
        """Keep the message, with why it cannot be applied, for a person to mend and redrive."""
        self._client.send_message(
            QueueUrl=self._dead_letters,
            MessageBody=body,
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
        )
