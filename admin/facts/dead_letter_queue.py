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
MOST_LETTERS = 10_000
MOST_BYTES = 64 * 1024 * 1024


@contextmanager
def in_hand(sqs: SQSClient, queue: str, wanted: str | None = None) -> Iterator[list[RefusedFact]]:
    """All letters, or the wanted one. What has not been deleted in the end is at once there for others again.

    All are read before the first is dealt with, so one that goes back and is refused again is not met a second time.
    """
    taken: dict[str, RefusedFact] = {}
    try:
        _take(sqs, queue, taken, wanted)
        chosen = [letter for letter in taken.values() if wanted in (None, letter.id)]
        yield sorted(chosen, key=lambda letter: letter.sent_at)
    finally:
        _give_back(sqs, queue, list(taken.values()))


def remarks(sqs: SQSClient, queue: str, letters: Sequence[RefusedFact]) -> Iterator[str]:
    """What one should know who sees these letters. To be asked while they are in hand."""
    there, hidden = waiting(sqs, queue)
    if there and _is_enough(letters):
        yield f"About {there:,} more are in the queue: run the same command again afterwards"
    if hidden > len(letters):
        yield f"About {hidden - len(letters):,} more are in use by another command, for two minutes at most"


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
        taken |= {letter.id: letter for letter in map(RefusedFact.of, messages)}


def _is_enough(letters: Collection[RefusedFact]) -> bool:
    """They are all in memory at once."""
    return len(letters) >= MOST_LETTERS or sum(len(letter.body) for letter in letters) >= MOST_BYTES


def _give_back(sqs: SQSClient, queue: str, letters: Sequence[RefusedFact]) -> None:
    for first in range(0, len(letters), MOST):
        # Those that were deleted are told as failed, which is no news.
        sqs.change_message_visibility_batch(
            QueueUrl=queue,
            Entries=[
                {"Id": str(number), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
                for number, letter in enumerate(letters[first : first + MOST])
            ],
        )
