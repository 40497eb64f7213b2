"""Restart the workflow for every unfinished erasure that has none running. It continues where it stopped."""

from __future__ import annotations

import argparse

from admin.erasure import erasures
from admin.stack.location import Stack

UNDONE = ("escalated", "erasing", "failed")


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """Always 0. The workflow shows how each ends."""
    # The table first: an erasure that begins between the two reads then counts as running.
    undone = [each for each in erasures.every(stack) if each[1].status in UNDONE]
    running = erasures.running(stack)
    started = 0
    for enterprise, erasure in undone:
        if erasure.id not in running:
            erasures.start(stack, enterprise, erasure)
            started += 1
    print(f"Started: {started:,}; already running: {len(undone) - started:,}")
    return 0
