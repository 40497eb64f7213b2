"""Send refused facts back to the fact queue, with the operator's fixes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from admin.facts.refused_files import RefusedFact
from admin.facts.refused_list import listed, on_their_way
from admin.loads.checking import objection
from admin.stack.location import Stack
from admin.stack.queues import batches, send
from admin.stack.refusal import Refusal
from commands.arguments import ENTERPRISE, MESSAGE
from customers.domain.refusals import Conflict
from customers.store.dynamodb import transactions
from customers.store.refused_facts.rows import removal

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class _Mended:
    """A fact, and the text to send in its place."""

    fact: RefusedFact
    text: str = field(repr=False)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--id", type=MESSAGE, metavar="ID", help="only this refused fact (default: all)")
    parser.add_argument("--enterprise", type=ENTERPRISE, help="only those that name this enterprise (default: all)")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 when all went back, 1 when some stayed."""
    sqs: SQSClient = stack.client("sqs")
    # All keys are read before the first is sent, so that a fact that is refused again is not met a second time.
    facts = sorted(listed(stack, chosen.id, chosen.enterprise), key=lambda fact: fact.refused_at)
    if chosen.id and not facts:
        raise Refusal(f"The lists do not have {chosen.id}")
    mended = [ready for fact in facts if (ready := _ready(fact, stack.refused))]
    back = sum(_put_back(sqs, stack, batch) for batch in batches(mended, body=lambda each: each.text))
    print(f"Sent back to the fact queue: {back:,} of {len(facts):,}")
    if not chosen.id and (waiting := on_their_way(stack)):
        print(f"About {waiting:,} more are on their way into the lists: run the same command again")
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
    # No function has judged it: the fold must decide about it.
    if not fact.unread and (reason := objection(text)):
        print(f"{fact.id} stays: {reason}")
        return None
    return _Mended(fact, text)


def _put_back(sqs: SQSClient, stack: Stack, batch: Sequence[_Mended]) -> int:
    """Send first, then remove: after a crash between the two a fact arrives twice and is applied once."""
    send(sqs, stack.queues["facts"], [each.text for each in batch])
    for each in batch:
        try:
            transactions.commit(stack.client("dynamodb"), removal(stack.tables["refused_facts"], each.fact.row))
        except Conflict:
            print(f"{each.fact.id} was sent back; somebody else removed it meanwhile, or an erasure did")
        each.fact.file(stack.refused).unlink(missing_ok=True)
    return len(batch)
