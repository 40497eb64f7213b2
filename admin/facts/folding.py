"""What happens after sending: the fold takes the facts out of the queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from admin.facts.queues import waiting
from admin.stack.location import Stack
from admin.stack.stopping import Stop

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

POLL = 1.0
EMPTY = 2
"""Polls in a row that must find nothing: SQS counts roughly."""


def watch(sqs: SQSClient, stack: Stack, dead_before: int, stop: Stop) -> bool:
    """Show what is left until nothing is, then what was refused meanwhile. False when somebody asked to stop."""
    print("Waiting until they are folded; Ctrl-C does no harm, the fold goes on without this command", flush=True)
    _watch_the_queue(sqs, stack.queues["facts"], stop)
    if stop.asked:
        print("All facts are in the queue and are folded without this command")
        return False
    dead = sum(waiting(sqs, stack.queues["dead_facts"]))
    hint = " (make refused lists them)" if dead else ""
    print(f"Folded. Messages in the dead-letter queue: {dead:,}, before: {dead_before:,}{hint}")
    return True


def _watch_the_queue(sqs: SQSClient, queue: str, stop: Stop) -> None:
    most = left = sum(waiting(sqs, queue))
    empty = 0
    with tqdm(desc="folding", total=left, unit=" facts", disable=None) as bar:
        while not stop.asked:
            # Others put facts in too.
            bar.total = most = max(most, left)
            bar.n = most - left
            bar.refresh()
            empty = 0 if left else empty + 1
            if empty == EMPTY:
                return
            time.sleep(POLL)
            left = sum(waiting(sqs, queue))
