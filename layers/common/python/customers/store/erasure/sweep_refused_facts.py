"""After an erasure: refused facts about the person, which lie in the dead-letter queue with phone and name.

A queue cannot be searched: the sweep receives every message, and returns those that are not about the person.
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
from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.refusals import NotYet, OutcomeUnknown, Unavailable
from customers.store.aws.queues import SHORTLY
from customers.store.erasure.sweep_jobs import SweepJob, SweepJobs
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.faults import named_faults
from customers.store.registry import Registry

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

IN_HAND = 120
"""Seconds that received messages stay hidden from others, if the sweep stops before it returns them."""
PAUSE = 5
"""The most seconds between two attempts to receive what another reader holds."""
MOST = 10_000
"""The most messages that are received: only their handles are kept."""
Read = Callable[[str, str | None], RefusedFact | None]
Rewrite = Callable[[str, str], str | None]


class RefusedFactsSweep:
    """Sweeps the dead-letter queue for facts. Everything raises `Unavailable`."""

    def __init__(
        self,
        jobs: SweepJobs,
        identifier_holders: HoldersByIdentifier,
        registry: Registry,
        sqs: SQSClient,
        queue: str,
        read: Read,
        rewrite: Rewrite,
        poll: int = 1,
        in_hand: int = IN_HAND,
    ) -> None:
        """`poll` is how many seconds to wait for a message: with 1 or more, SQS asks all of its servers."""
        self._jobs = jobs
        self._identifier_holders = identifier_holders
        self._registry = registry
        self._sqs = sqs
        self._queue = queue
        self._read = read
        self._rewrite = rewrite
        self._poll = poll
        self._in_hand_seconds = in_hand
        self._deleted = 0

    @classmethod
    def connect(cls, jobs: SweepJobs, read: Read, rewrite: Rewrite) -> RefusedFactsSweep:
        """The queue named by `DEAD_FACTS_QUEUE`, the tables by `RECORDS_TABLE` and `ENTERPRISES_TABLE`; in hand for
        `IN_HAND_SECONDS`.
        """
        identifier_holders = HoldersByIdentifier(jobs.client, os.environ["RECORDS_TABLE"], jobs.secret)
        queue = os.environ["DEAD_FACTS_QUEUE"]
        sqs = boto3.client("sqs", config=SHORTLY)
        in_hand = int(os.environ["IN_HAND_SECONDS"])
        return cls(jobs, identifier_holders, Registry.connect(), sqs, queue, read, rewrite, in_hand=in_hand)

    def pages(self, job: SweepJob) -> Iterator[SweepJob]:
        """Ten at a time. A fact that is kept for the books names the customer by id. Raises `Conflict`, `NotYet`."""
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

    def left(self, job: SweepJob) -> Iterator[Any]:
        """What a sweep would find now. Raises `NotYet`."""
        settings = self._registry.settings(job.enterprise)
        region = settings.home_region if settings else None
        with self._in_hand() as messages:
            for message in messages:
                if self._is_about(job, self._read(message["Body"], region)) and not (
                    job.keeps_books and self._rewrite(message["Body"], job.customer_id) == message["Body"]
                ):
                    yield message["MessageId"]

    def _is_about(self, job: SweepJob, refused: RefusedFact | None) -> bool:
        if refused is None or refused.enterprise != job.enterprise:
            return False
        return any(self._meant(job, address, refused) for address in refused.about)

    def _meant(self, job: SweepJob, address: Address, refused: RefusedFact) -> bool:
        """Whether an address meant the person at the instant of the fact; at any time, if the fact has no instant."""
        if isinstance(address, CustomerId):
            return address.value in job.progress.ids
        if isinstance(address, ProviderId):
            held = self._identifier_holders.provider_ids.of(job.enterprise, address.value).holdings
            ids = [held.holder(refused.at)] if refused.at else held.customer_ids
            return any(each in job.progress.ids for each in ids)
        former = self._identifier_holders.of(job.enterprise, address)
        if refused.at:
            return former.holder(refused.at) in job.progress.ids
        return any(holder.customer_id in job.progress.ids for holder in former.holders)

    def _replace(self, job: SweepJob, message: Any, left: str | None) -> SweepJob:
        """Sends the rewritten message before it deletes the other: a crash in between leaves two of one fact."""
        if left is not None:
            attributes: Any = {
                name: {"DataType": "String", "StringValue": attribute["StringValue"]}
                for name, attribute in message.get("MessageAttributes", {}).items()
                if "StringValue" in attribute
            }
            with named_faults(OutcomeUnknown):
                self._sqs.send_message(QueueUrl=self._queue, MessageBody=left, MessageAttributes=attributes)
        with named_faults(OutcomeUnknown):
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        self._deleted += 1
        action: Action = "removed" if left is None else "rewritten"
        row = {"message": {"S": message["MessageId"]}}
        return self._jobs.commit(job, job.more(self._jobs.secret, "refused_facts", action, [row]))

    def _elsewhere(self, mine: int) -> bool:
        """Whether another reader holds messages, which are hidden meanwhile."""
        names: Any = ["ApproximateNumberOfMessagesNotVisible"]
        with named_faults():
            attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=names)["Attributes"]
        return int(attributes[names[0]]) > mine

    @contextmanager
    def _in_hand(self) -> Iterator[Iterator[Any]]:
        """Each message once. At the end they are visible to others again at once."""
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
                # Perhaps another sweep, which waits for these: so this one returns them before it waits.
                self._give_back(handles)
                time.sleep(random.uniform(0, PAUSE))  # noqa: S311 - jitter, not a secret
            raise NotYet("queue", f"holds more than {MOST:,} messages: redrive it first")

        self._deleted = 0
        try:
            yield take()
        finally:
            self._give_back(handles)

    def _receive(self) -> Any:
        with named_faults():
            return self._sqs.receive_message(
                QueueUrl=self._queue,
                MaxNumberOfMessages=10,
                VisibilityTimeout=self._in_hand_seconds,
                WaitTimeSeconds=self._poll,
                MessageAttributeNames=["All"],
            ).get("Messages", [])

    def _give_back(self, handles: list[str]) -> None:
        """Fails for deleted messages, which does no harm. Others for which it fails are visible in two minutes."""
        for handle in handles:
            with suppress(ClientError, Unavailable), named_faults():
                self._sqs.change_message_visibility(QueueUrl=self._queue, ReceiptHandle=handle, VisibilityTimeout=0)
        handles.clear()
        self._deleted = 0
