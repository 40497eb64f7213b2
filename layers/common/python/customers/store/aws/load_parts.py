"""The parts of a load: files of some thousand facts in a bucket, which go into the queue of bulk facts one by one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config

from customers.domain.refusals import OutcomeUnknown, Unavailable
from customers.store.faults import named_faults
from customers.store.packing import Limit, packed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MOST_WAITING = 100_000
"""Facts in the queue, from which on no further part is sent. The fold sets the pace."""
AT_ONCE = 8
"""Concurrent requests to the queue."""
ONE_REQUEST: tuple[Limit[bytes], ...] = ((10, lambda _: 1), (256 * 1024, len))
"""Facts in a request to the queue, and their bytes together."""
_PATIENTLY = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


class LoadParts:
    """Sends parts. Everything raises `Unavailable`."""

    def __init__(self, s3: S3Client, bucket: str, sqs: SQSClient, queue: str) -> None:
        self._s3, self._bucket = s3, bucket
        self._sqs, self._queue = sqs, queue

    @classmethod
    def connect(cls) -> LoadParts:
        """The bucket and the queue named by `LOADS_BUCKET` and `BULK_FACTS_QUEUE`."""
        clients = boto3.client("s3", config=_PATIENTLY), boto3.client("sqs", config=_PATIENTLY)
        return cls(clients[0], os.environ["LOADS_BUCKET"], clients[1], os.environ["BULK_FACTS_QUEUE"])

    def send(self, key: str) -> Literal["sent", "full"]:
        """Send all facts of a part, then delete it. A part that is gone has been sent.

        If it stops in between, the part is sent again: a fact that comes twice is applied once.
        """
        if not self._is_there(key):
            return "sent"
        if self._is_full():
            return "full"
        with named_faults():
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            # Each fact ends with a line feed; its text may have other signs that divide lines.
            for _ in pool.map(self._put, packed(filter(None, body.split(b"\n")), *ONE_REQUEST)):
                pass
        with named_faults():
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        return "sent"

    def _is_there(self, key: str) -> bool:
        with named_faults():
            return bool(self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)["KeyCount"])

    def _is_full(self) -> bool:
        with named_faults():
            answer = self._sqs.get_queue_attributes(
                QueueUrl=self._queue, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"]) >= MOST_WAITING

    def _put(self, facts: Sequence[bytes]) -> None:
        """All of them, or raise `Unavailable`: then the part is sent again."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "MessageBody": fact.decode()} for number, fact in enumerate(facts)
        ]
        with named_faults(OutcomeUnknown):
            answer = self._sqs.send_message_batch(QueueUrl=self._queue, Entries=entries)
        if answer.get("Failed"):
            raise Unavailable
