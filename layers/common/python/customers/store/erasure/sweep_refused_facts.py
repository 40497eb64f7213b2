"""After an erasure: facts about the person that were refused, and lie in the dead-letter queue with phone and name.

Nobody can look into a queue for something: all of it is taken in hand, and what is not the person's given back.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from customers.domain.erasure.progress import Action
from customers.domain.facts.refused_facts import RefusedFact
from customers.domain.identifiers.address import Address, CustomerId
from customers.domain.refusals import NotYet
from customers.store.aws.queues import SHORTLY
from customers.store.erasure.sweep_jobs import Job, Jobs
from customers.store.facts.identifier_holders import Formers
from customers.store.registry import Registry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

IN_HAND = 120
"""Seconds that messages stay hidden from others if the process dies before it gives them back."""
PAUSE = 5
"""Seconds, at most, between two looks for what somebody else has in hand."""
MOST = 10_000
"""Messages in hand: by their handles only."""
Read = Callable[[str, str | None], RefusedFact | None]
Rewrite = Callable[[str, str], str | None]


class LettersSweep:
    """Goes through the dead-letter queue of the facts."""

    def __init__(
        self,
        jobs: Jobs,
        formers: Formers,
        registry: Registry,
        sqs: SQSClient,
        queue: str,
        read: Read,
        rewrite: Rewrite,
        poll: int = 1,
        in_hand: int = IN_HAND,
    ) -> None:
        """`poll` is for how many seconds to wait for a message: the answer then comes from all of SQS's machines."""
        self._jobs = jobs
        self._formers = formers
        self._registry = registry
        self._sqs = sqs
        self._queue = queue
        self._read = read
        self._rewrite = rewrite
        self._poll = poll
        self._in_hand_seconds = in_hand
        self._deleted = 0

    @classmethod
    def connect(cls, jobs: Jobs, read: Read, rewrite: Rewrite) -> LettersSweep:
        """The queue named by `DEAD_FACTS_QUEUE`, the tables by `RECORDS_TABLE` and `ENTERPRISES_TABLE`; in hand for
        `IN_HAND_SECONDS`.
        """
        formers = Formers(jobs.client, os.environ["RECORDS_TABLE"], jobs.secret)
        queue = os.environ["DEAD_FACTS_QUEUE"]
        sqs = boto3.client("sqs", config=SHORTLY)
        in_hand = int(os.environ["IN_HAND_SECONDS"])
        return cls(jobs, formers, Registry.connect(), sqs, queue, read, rewrite, in_hand=in_hand)

    def pages(self, job: Job) -> Iterator[Job]:
        """Ten at a time. What is put back for the books names the customer by id."""
        settings = self._registry.settings(job.enterprise)
        region = settings.home_region if settings else None
        with self._in_hand() as messages:
            for message in messages:
                body = message["Body"]
                if not self._is_about(job, self._read(body, region)):
                    continue
                left = self._rewrite(body, job.customer_id) if job.keeps_books else None
                if left != body:
                    job = self._replace(job, message, left)
                    yield job

    def left(self, job: Job) -> Iterator[Any]:
        """What a sweep would find now."""
        settings = self._registry.settings(job.enterprise)
        region = settings.home_region if settings else None
        with self._in_hand() as messages:
            for message in messages:
                if self._is_about(job, self._read(message["Body"], region)) and not (
                    job.keeps_books and self._rewrite(message["Body"], job.customer_id) == message["Body"]
                ):
                    yield message["MessageId"]

    def _is_about(self, job: Job, letter: RefusedFact | None) -> bool:
        if letter is None or letter.enterprise != job.enterprise:
            return False
        return any(self._was(job, address, letter) for address in letter.about)

    def _was(self, job: Job, address: Address, letter: RefusedFact) -> bool:
        """Whether an address meant the person. Where a letter does not say when: whether it ever did."""
        if isinstance(address, CustomerId):
            return address.value in job.swept.ids
        former = self._formers.of(job.enterprise, address)
        if letter.at:
            return former.holder(letter.at) in job.swept.ids
        return any(tenure.customer_id in job.swept.ids for tenure in former.tenures)

    def _replace(self, job: Job, message: Any, left: str | None) -> Job:
        """What stays is sent before the other goes: after a crash between the two it is there twice, and is one."""
        if left is not None:
            attributes: Any = {
                name: {"DataType": "String", "StringValue": told["StringValue"]}
                for name, told in message.get("MessageAttributes", {}).items()
                if "StringValue" in told
            }
            self._sqs.send_message(QueueUrl=self._queue, MessageBody=left, MessageAttributes=attributes)
        self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        self._deleted += 1
        deed: Action = "removed" if left is None else "rewritten"
        row = {"message": {"S": message["MessageId"]}}
        return self._jobs.commit(job, job.more(self._jobs.secret, "refused_facts", deed, [row]))

    def _elsewhere(self, mine: int) -> bool:
        """Whether somebody else has messages in hand, which are not to be seen meanwhile."""
        names: Any = ["ApproximateNumberOfMessagesNotVisible"]
        told = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=names)["Attributes"]
        return int(told[names[0]]) > mine

    @contextmanager
    def _in_hand(self) -> Iterator[Iterator[Any]]:
        """Each message once. They are at once there for others again in the end."""
        handles: list[str] = []
        seen: set[str] = set()
        until = time.monotonic() + self._in_hand_seconds + PAUSE

        def take() -> Iterator[Any]:
            while len(seen) < MOST:
                messages = self._receive()
                handles.extend(each["ReceiptHandle"] for each in messages)
                yield from (each for each in messages if each["MessageId"] not in seen)
                seen.update(each["MessageId"] for each in messages)
                if messages:
                    continue
                if not self._elsewhere(len(handles) - self._deleted):
                    return
                if time.monotonic() > until:
                    raise NotYet("queue", "somebody else has messages in hand, for two minutes at most")
                # Perhaps another sweep, which waits for these: nobody waits with something in hand.
                self._give_back(handles)
                time.sleep(random.uniform(0, PAUSE))  # noqa: S311 - jitter, not a secret
            raise NotYet("queue", f"holds more than {MOST:,} messages: redrive it first")

        self._deleted = 0
        try:
            yield take()
        finally:
            self._give_back(handles)

    def _receive(self) -> Any:
        return self._sqs.receive_message(
            QueueUrl=self._queue,
            MaxNumberOfMessages=10,
            VisibilityTimeout=self._in_hand_seconds,
            WaitTimeSeconds=self._poll,
            MessageAttributeNames=["All"],
        ).get("Messages", [])

    def _give_back(self, handles: list[str]) -> None:
        """Of those that were deleted it fails, which is no news; of what else, they are there again in two minutes."""
        for handle in handles:
            with suppress(ClientError):
                self._sqs.change_message_visibility(QueueUrl=self._queue, ReceiptHandle=handle, VisibilityTimeout=0)
        handles.clear()
        self._deleted = 0
