"""Send refused facts back to the fact queue, with the operator's fixes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from admin.facts.checking import objection
from admin.facts.dead_letter_queue import in_hand, remarks
from admin.facts.refused_files import RefusedFact
from admin.stack.location import Stack
from admin.stack.queues import batches, send
from admin.stack.refusal import Refusal
from commands.arguments import MESSAGE

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class _Mended:
    """A fact, and the text to send in its place."""

    fact: RefusedFact
    text: str = field(repr=False)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--id", type=MESSAGE, metavar="MESSAGE", help="only this message (default: all)")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 when all went back, 1 when some stayed."""
    sqs: SQSClient = stack.client("sqs")
    dead = stack.queues["dead_facts"]
    with in_hand(sqs, dead, chosen.id) as facts:
        notes = [] if chosen.id else list(remarks(sqs, dead, facts))
        if chosen.id and not facts:
            raise Refusal(
                f"The dead-letter queue does not have {chosen.id}, or another command uses it for up to two minutes"
            )
        mended = [ready for fact in facts if (ready := _ready(fact, stack.refused))]
        back = sum(_put_back(sqs, stack, batch) for batch in batches(mended, body=lambda each: each.text))
    print(f"Sent back to the fact queue: {back:,} of {len(facts):,}")
    for note in notes:
        print(note)
    return 0 if back == len(facts) else 1


def _ready(fact: RefusedFact, folder: Path) -> _Mended | None:
    """The text to send back; None, with a printed reason, if it would be refused again."""
    try:
        written = fact.file(folder).read_text(encoding="utf-8")
        text = fact.body if written == fact.readable() else written.strip()
    except FileNotFoundError:
        text = fact.body
    except UnicodeDecodeError:
        print(f"{fact.id} stays: its file is not UTF-8")
        return None
    # Nobody has read an event that the bus could not deliver: the fold must decide about it.
    if not fact.undelivered and (reason := objection(text)):
        print(f"{fact.id} stays: {reason}")
        return None
    return _Mended(fact, text)


def _put_back(sqs: SQSClient, stack: Stack, batch: Sequence[_Mended]) -> int:
    """Send first, then delete: after a crash between the two a fact arrives twice and is applied once."""
    send(sqs, stack.queues["facts"], [each.text for each in batch])
    deleted = sqs.delete_message_batch(
        QueueUrl=stack.queues["dead_facts"],
        Entries=[{"Id": str(number), "ReceiptHandle": each.fact.handle} for number, each in enumerate(batch)],
    )
    kept = {int(each["Id"]) for each in deleted.get("Failed", [])}
    for number, each in enumerate(batch):
        if number in kept:
            print(f"{each.fact.id} was sent back but could not be deleted; sending it once more does no harm")
        else:
            each.fact.file(stack.refused).unlink(missing_ok=True)
    return len(batch) - len(kept)
