"""Notice when the bulk fact queue stops getting shorter, and report what to check."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from tqdm import tqdm

from admin.stack.location import Stack
from admin.stack.queues import waiting

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef
    from mypy_boto3_sqs import SQSClient

AFTER = 30.0
"""Seconds without progress."""
_NO_PROGRESS = 2**63


class Standstill:
    """Reports a standstill once, and again only after some progress."""

    def __init__(self, sqs: SQSClient, stack: Stack, after: float = AFTER) -> None:
        self._sqs = sqs
        self._stack = stack
        self._after = after
        self.moved()

    def moved(self) -> None:
        """Note progress that the queue's length does not show."""
        self._least = _NO_PROGRESS
        self._since = time.monotonic()
        self._told = False

    def see(self, left: int) -> None:
        """Note how many facts are in the queue now."""
        if left < self._least:
            self.moved()
            self._least = left
        elif not self._told and time.monotonic() - self._since >= self._after:
            self._told = True
            for line in self._lines():
                tqdm.write(line)

    def _lines(self) -> Iterator[str]:
        queue = self._stack.queues["bulk_facts"]
        there, in_hand = waiting(self._sqs, queue)
        yield (
            f"Nothing has moved for {self._after:g} s: the queue {_name(queue)} has {there:,} facts, "
            f"and a function is working on {in_hand:,} more"
        )
        yield from (f"  {line}" for line in self._consumers(queue))
        yield "  Facts may have been refused: make refused lists them"
        yield f"  Where to look: {self._where()}. The load waits and continues by itself; Ctrl-C stops it"

    def _consumers(self, queue: str) -> Iterator[str]:
        try:
            arn = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            mappings = self._stack.client("lambda").list_event_source_mappings(EventSourceArn=arn)
            consumers = [_consumer(each) for each in mappings["EventSourceMappings"]]
        except (BotoCoreError, ClientError) as error:
            yield f"The function that reads it cannot be found: {error}"
        else:
            yield from consumers or ["No function reads it: it has no event source mapping. Deploy again"]

    def _where(self) -> str:
        if self._stack.endpoint is None:
            return "BulkFactsLateAlarm in docs/runbook.md, and the function's log"
        return f"make logs, {self._stack.refused.parent / 'emulator.log'}; make down and make up restart it"


def _consumer(mapping: EventSourceMappingConfigurationTypeDef) -> str:
    function = mapping.get("FunctionArn", "?").partition(":function:")[2] or "?"
    state = mapping.get("State", "unknown")
    said = f"The function {function} reads it through the mapping {mapping.get('UUID', '?')}, which is {state}"
    if state in {"Disabled", "Disabling"}:
        return f"{said}: enable it (aws lambda update-event-source-mapping --enabled)"
    return f"{said}; its log shows whether it runs"


def _name(queue: str) -> str:
    return queue.rpartition("/")[2]
