"""Start the workflow anew for every erasure that is not done and of which none runs: it goes on where it stopped."""

from __future__ import annotations

import argparse

from admin.erasure import erasures
from admin.stack.location import Stack

UNDONE = ("escalated", "erasing", "failed")


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """0: how each ends is to be seen in the workflow."""
    # The ledger first: what begins between the two reads is seen to be running.
    undone = [each for each in erasures.every(stack) if each[1].status in UNDONE]
    running = erasures.running(stack)
    started = 0
    for enterprise, erasure in undone:
        if erasure.id not in running:
            erasures.start(stack, enterprise, erasure)
            started += 1
    print(f"Started: {started:,}; running already: {len(undone) - started:,}")
    return 0
