"""List the refused facts in the dead-letter queue, and write each to a file for the operator to fix."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from admin.facts.dead_letter_queue import in_hand, remarks
from admin.stack.location import Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

TYPE_WIDTH = 21
AGES = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"), (timedelta(seconds=1), "s"))


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """Always 0: refused facts are a valid answer."""
    sqs: SQSClient = stack.client("sqs")
    queue = stack.queues["dead_facts"]
    with in_hand(sqs, queue) as facts:
        now = datetime.now(UTC)
        if facts:
            print(_row("message id", "type", "age", "reason"))
        for fact in facts:
            fact.write(stack.refused)
            print(_row(fact.id, fact.type, age(now - fact.sent_at), fact.reason))
        notes = list(remarks(sqs, queue, facts))
    if facts:
        print(f"\nListed: {len(facts):,}. {stack.refused}/<message id>.json has the whole body of each")
        print("Fix it there, then: make redrive ID=<message id>. Bodies contain phones and names: do not share them")
    elif not notes:
        print("The dead-letter queue is empty")
    for note in notes:
        print(note)
    return 0


def age(since: timedelta) -> str:
    """In the largest unit that fits, rounded down."""
    for unit, name in AGES:
        if since >= unit:
            return f"{since // unit} {name}"
    return "0 s"


def _row(*cells: str) -> str:
    """The sender of a fact chooses its type, so the type must not move the cursor or fill the screen."""
    identity, kind, how_old, reason = ("".join(char if char.isprintable() else "?" for char in cell) for cell in cells)
    return f"{identity:36}  {kind[:TYPE_WIDTH]:{TYPE_WIDTH}}  {how_old:>7}  {reason}"
