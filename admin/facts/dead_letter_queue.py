"""Receive the messages of the dead-letter queue, and make them visible again afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from admin.facts.refused_files import RefusedFact
from admin.stack.queues import MOST, waiting

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

IN_HAND = 120
"""Seconds for which messages stay hidden if the command is killed before it releases them."""
LONG_POLL = 1
"""Seconds. A long poll asks all of SQS's servers, a short poll only some."""
MOST_FACTS = 10_000
MOST_BYTES = 64 * 1024 * 1024


@contextmanager
def in_hand(sqs: SQSClient, queue: str, wanted: str | None = None) -> Iterator[list[RefusedFact]]:
    """Receive all facts, or the wanted one. At the end, facts that were not deleted become visible to others again.

    All are read before the first is dealt with, so one that goes back and is refused again is not met a second time.
    """
    taken: dict[str, RefusedFact] = {}
    try:
        _take(sqs, queue, taken, wanted)
        chosen = [fact for fact in taken.values() if wanted in (None, fact.id)]
        yield sorted(chosen, key=lambda fact: fact.sent_at)
    finally:
        _give_back(sqs, queue, list(taken.values()))


def remarks(sqs: SQSClient, queue: str, facts: Sequence[RefusedFact]) -> Iterator[str]:
    """Notes for the operator about other messages in the queue. Call it while these are in hand."""
    there, hidden = waiting(sqs, queue)
    if there and _is_enough(facts):
        yield f"About {there:,} more are in the queue: run the same command again afterwards"
    if hidden > len(facts):
        yield f"About {hidden - len(facts):,} more are in use by another command, for two minutes at most"


def _take(sqs: SQSClient, queue: str, taken: dict[str, RefusedFact], wanted: str | None) -> None:
    while wanted not in taken and not _is_enough(taken.values()):
        messages = sqs.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=MOST,
            VisibilityTimeout=IN_HAND,
            WaitTimeSeconds=LONG_POLL,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])
        if not messages:
            return
        taken |= {fact.id: fact for fact in map(RefusedFact.of, messages)}


def _is_enough(facts: Collection[RefusedFact]) -> bool:
    """A limit, because all of them are in memory at once."""
    return len(facts) >= MOST_FACTS or sum(len(fact.body) for fact in facts) >= MOST_BYTES


def _give_back(sqs: SQSClient, queue: str, facts: Sequence[RefusedFact]) -> None:
    for first in range(0, len(facts), MOST):
        # Deleted messages are reported as failed, which does not matter.
        sqs.change_message_visibility_batch(
            QueueUrl=queue,
            Entries=[
                {"Id": str(number), "ReceiptHandle": fact.handle, "VisibilityTimeout": 0}
                for number, fact in enumerate(facts[first : first + MOST])
            ],
        )
