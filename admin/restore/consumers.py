"""The functions that consume the stack's queues and streams, by their event source mappings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from admin.stack.location import Stack
from admin.stack.refusal import Refusal

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient

MAPPING = "AWS::Lambda::EventSourceMapping"
POLL = 2.0
PATIENCE = 180
"""Seconds for a mapping to change its state. AWS takes about one minute."""


def mappings(stack: Stack) -> dict[str, str]:
    """The UUID of each mapping, by its logical id."""
    client: CloudFormationClient = stack.client("cloudformation")
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    every = (each for page in pages for each in page["StackResourceSummaries"])
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in every if each["ResourceType"] == MAPPING}


def switch(stack: Stack, *, enabled: bool) -> int:
    """Switch all of them, and wait until they are. Returns their number. Raises `Refusal` after three minutes."""
    client: LambdaClient = stack.client("lambda")
    every = mappings(stack)
    for uuid in every.values():
        client.update_event_source_mapping(UUID=uuid, Enabled=enabled)
    until = time.monotonic() + PATIENCE
    while left := [*not_in(client, every, "Enabled" if enabled else "Disabled")]:
        if time.monotonic() > until:
            raise Refusal(f"These did not change in {PATIENCE} s: {', '.join(left)}. Run the command again")
        time.sleep(POLL)
    return len(every)


def require_stopped(stack: Stack) -> None:
    """Raise `Refusal` while one of them consumes."""
    if left := [*not_in(stack.client("lambda"), mappings(stack), "Disabled")]:
        raise Refusal(f"These still consume: {', '.join(left)}. make stop-consumers stops them")


def not_in(client: LambdaClient, every: dict[str, str], state: str) -> Iterator[str]:
    """The logical ids of the mappings that are in another state."""
    for name, uuid in every.items():
        if client.get_event_source_mapping(UUID=uuid).get("State") != state:
            yield name
