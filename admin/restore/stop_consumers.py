"""Stop the functions that consume queues and streams. The bus goes on: facts wait in the queues for up to 14 days."""

from __future__ import annotations

import argparse
import time

from admin.erasure import erasures
from admin.restore import consumers
from admin.stack.location import Stack
from admin.stack.refusal import Refusal

POLL = 5.0
PATIENCE = 1800
"""Seconds for running workflows to end: one task of a sweep takes fifteen minutes at most."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", type=float, default=PATIENCE, metavar="SECONDS", help="for erasures that are running")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 when nothing consumes any more, and no erasure is at work."""
    stopped = consumers.switch(stack, enabled=False)
    print(f"Stopped: {stopped}. Facts wait in the queues; the streams keep their records for 24 hours")
    until = time.monotonic() + chosen.wait
    while busy := at_work(stack):
        if time.monotonic() > until:
            raise Refusal(f"Erasures at work: {', '.join(sorted(busy))}. Wait for them, or run the command again")
        time.sleep(POLL)
    print("No erasure is at work")
    return 0


def at_work(stack: Stack) -> set[str]:
    """Erasures whose workflow is running and does not only wait for money to be settled, which may take 30 days."""
    # The running ones first: an erasure that is carried out between the two reads then counts as one at work.
    running = erasures.running(stack)
    waiting = {erasure.id for _, erasure in erasures.every(stack) if erasure.status == "escalated"}
    return running - waiting
