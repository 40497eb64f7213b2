"""Count the messages of a queue, and send messages in batches of ten."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from admin.stack.refusal import Refusal
from customers.store.packing import packed

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_BYTES = 256 * 1024
"""Of one message: as much as an event of the bus may hold."""
MOST = 10
"""Messages in one request. Together they have at most as many bytes as one fact may have."""
TRIES = 6
FIRST_PAUSE = 0.1
"""Seconds before the second try; each further pause is twice as long."""

Item = TypeVar("Item")


def waiting(sqs: SQSClient, queue: str) -> tuple[int, int]:
    """How many messages are visible, and how many are in flight. SQS counts them approximately."""
    counts = sqs.get_queue_attributes(
        QueueUrl=queue,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return int(counts["ApproximateNumberOfMessages"]), int(counts["ApproximateNumberOfMessagesNotVisible"])


def batches(items: Iterable[Item], body: Callable[[Item], str]) -> Iterator[list[Item]]:
    """The items in their order, grouped so that each group fits one request."""
    return packed(items, (MOST, lambda _: 1), (MAX_BYTES, lambda item: len(body(item).encode())))


def send(sqs: SQSClient, queue: str, bodies: Sequence[str]) -> None:
    """Send one batch: all of it, or raise `Refusal` after some tries."""
    left = dict(enumerate(bodies))
    for attempt in range(TRIES):
        if attempt:
            time.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
        answer = sqs.send_message_batch(
            QueueUrl=queue, Entries=[{"Id": str(number), "MessageBody": body} for number, body in left.items()]
        )
        failed = {int(each["Id"]): each.get("Code", "unknown") for each in answer.get("Failed", [])}
        left = {number: left[number] for number in failed}
        if not left:
            return
    codes = ", ".join(sorted(set(failed.values())))
    raise Refusal(f"The queue did not accept {len(left)} of {len(bodies)} messages in {TRIES} tries: {codes}")
