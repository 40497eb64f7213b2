"""Send a file of facts to the bulk fact queue. A second run continues where the first stopped."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from admin.facts import folding, queue_marks, refused_lines, refused_list
from admin.facts.applied import Applied
from admin.facts.loading import WINDOW, Loading, progress_of
from admin.facts.parts import PART, Parts
from admin.facts.parts import progress_of as parts_progress_of
from admin.facts.progress import Progress, beginning, resume, save
from admin.facts.source import windows
from admin.facts.standstill import AFTER, Standstill
from admin.loads.reconciling import Found, Reconciling
from admin.loads.s3_file import opened, source
from admin.stack.location import Stack
from admin.stack.stopping import Stop, on_request
from commands.arguments import count, seconds

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MOST_WAITING = 5000


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=source, help="JSON Lines, a file or s3://bucket/key; each line is a fact's event")
    parser.add_argument("--in-parts", action="store_true", help="through the stack's bucket, by its workflow")
    parser.add_argument("--part-lines", type=count, default=PART, metavar="N", help="lines of a part (default: 5000)")
    parser.add_argument("--again", action="store_true", help="send the whole file, including what was already sent")
    parser.add_argument(
        "--most-waiting",
        type=count,
        default=MOST_WAITING,
        metavar="N",
        help=f"pause while the queue has about this many facts (default: {MOST_WAITING})",
    )
    parser.add_argument(
        "--stalled-after",
        type=seconds,
        default=AFTER,
        metavar="SECONDS",
        help=f"report a standstill after this long without progress (default: {AFTER:g})",
    )


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 when every line was sent, 1 when some were refused or the control totals differ, 130 after Ctrl-C."""
    sqs: SQSClient = stack.client("sqs")
    with opened(chosen.file, stack.client("s3")) as (file, path), on_request() as stop:
        fresh = beginning(file, stack.id)
        progress = fresh if chosen.again else _resumed(path, fresh, stack, sqs)
        refused_before = refused_list.count(stack)
        standstill = Standstill(sqs, stack, chosen.stalled_after)
        if progress.done:
            print(f"All {progress.line:,} lines of {path} have already been sent; AGAIN=1 sends them once more")
        else:
            _announce(path, progress, stack)
            progress = _sent(stack, chosen, (file, path), progress, standstill, stop)
            if not progress.done:
                without = " without AGAIN=1" if chosen.again else ""
                print(f"Stopped before line {progress.line + 1:,}; run the same command again{without} to continue")
                return 130
            print(f"Sent {progress.sent:,} facts of {progress.line:,} lines")
        applied = Applied(stack.client("dynamodb"), stack.tables["records"], file)
        if not folding.watch(sqs, stack, applied, refused_before, stop, standstill):
            return 130
        agrees = _agrees(
            Reconciling(stack.client("dynamodb"), stack.tables["records"]).find(windows(file, WINDOW), fresh.size)
        )
    return max(_code(path, progress), 0 if agrees else 1)


def _sent(
    stack: Stack,
    chosen: argparse.Namespace,
    source: tuple[BinaryIO, Path],
    progress: Progress,
    standstill: Standstill,
    stop: Stop,
) -> Progress:
    """The progress after all is sent, or after Ctrl-C."""
    file, path = source
    sqs, queue, marking = stack.client("sqs"), stack.queues["bulk_facts"], stack.may_lose_state
    if not chosen.in_parts:
        loading = Loading(sqs, queue, path, chosen.most_waiting, standstill, marking=marking)
        return loading.send_all(file, progress, stop)
    sent = _sent_in_parts(Parts(stack, progress, chosen.part_lines), source, progress, stop, again=chosen.again)
    if sent.done and marking:
        queue_marks.write(sqs, queue, sent)
    return sent


def _sent_in_parts(
    parts: Parts, source: tuple[BinaryIO, Path], progress: Progress, stop: Stop, *, again: bool
) -> Progress:
    """Uploaded first, then sent by the workflow. How far the upload is has a file of its own."""
    file, path = source
    fresh = replace(progress, offset=0, line=0, sent=0, refused=0, refused_bytes=0)
    uploaded = parts.upload(file, path, fresh if again else resume(parts_progress_of(path), fresh), stop)
    if not uploaded.done or not parts.send(stop):
        return replace(uploaded, done=False)
    save(progress_of(path), uploaded)
    return uploaded


def _agrees(found: Found) -> bool:
    """Whether the books rose by what the control totals state. Without any there is nothing to compare."""
    if found.stated is None:
        return True
    if differences := found.differences():
        print("The load does not agree with its control totals:", *differences, sep="\n  ", file=sys.stderr)
        return False
    added = ", ".join(f"{name} {value:,}" for name, value in found.stated.items())
    print(f"The books rose by exactly the control totals, live traffic apart: {added}")
    return True


def _resumed(path: Path, fresh: Progress, stack: Stack, sqs: SQSClient) -> Progress:
    """Where to continue: never beyond what the stack has."""
    kept = resume(progress_of(path), fresh)
    if not stack.may_lose_state or not kept.line:
        return kept
    held = queue_marks.held(sqs, stack.queues["bulk_facts"], kept)
    if held != kept:
        print(f"The stack lost the facts after line {held.line:,}: it ended without saving its state")
    return held


def _announce(path: Path, progress: Progress, stack: Stack) -> None:
    if progress.line:
        print(f"Continuing {path} at line {progress.line + 1:,}; {progress.sent:,} facts were sent before")
    else:
        print(f"Loading {path} into {stack.name}")


def _code(path: Path, progress: Progress) -> int:
    if not progress.refused:
        return 0
    print(
        f"Lines refused and not sent: {progress.refused:,}. {refused_lines.beside(path)} has each with its reason: "
        "fix them there and load that file",
        file=sys.stderr,
    )
    return 1
