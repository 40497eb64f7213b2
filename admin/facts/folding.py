"""Watch the fact queue after a load, until all facts are folded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from admin.facts.applied import Applied
from admin.facts.refused_list import count
from admin.facts.standstill import Standstill
from admin.stack.location import Stack
from admin.stack.pace import Pace
from admin.stack.queues import waiting
from admin.stack.stopping import Stop

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

POLL = 1.0
EMPTY = 2
"""How many polls in a row must find an empty queue: SQS counts only approximately."""


def watch(
    sqs: SQSClient, stack: Stack, applied: Applied, refused_before: int, stop: Stop, standstill: Standstill
) -> bool:
    """Show what is left until all is applied, then what was refused meanwhile. False after Ctrl-C."""
    print("Waiting until they are folded. Ctrl-C does no harm: folding continues without this command", flush=True)
    standstill.moved()
    _watch_the_queue(sqs, stack.queues["bulk_facts"], applied, stop, standstill)
    if stop.asked:
        print("All facts are in the queue; folding continues without this command")
        return False
    refused = count(stack)
    hint = " (make refused lists them)" if refused else ""
    print(f"Folded. Refused facts: {refused:,}, before: {refused_before:,}{hint}")
    return True


def _watch_the_queue(sqs: SQSClient, queue: str, applied: Applied, stop: Stop, standstill: Standstill) -> None:
    """Until the file's facts are applied. Those that are refused never are: then until the queue is empty."""
    most = left = sum(waiting(sqs, queue))
    empty = 0
    began = time.monotonic()
    with Pace("folding", " facts", left) as pace:
        while not stop.asked:
            # Others put facts in too.
            most = max(most, left)
            pace.at(most - left, most, f"{(most - left) / max(time.monotonic() - began, POLL, 0.1):,.0f} facts/s")
            empty = 0 if left else empty + 1
            if empty == EMPTY or applied.all():
                return
            if left:
                standstill.see(left)
            time.sleep(POLL)
            left = sum(waiting(sqs, queue))
