"""Publish all committed events that still wait in an outbox, for example after the stream has dropped them."""

from __future__ import annotations

import argparse

from tqdm import tqdm

from admin.stack.location import Stack
from admin.stack.store import outbox_of


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """0 when every outbox is empty, 1 when the bus refused some events."""
    outbox = outbox_of(stack)
    emptied, left, reasons = 0, 0, set[str]()
    for customer in tqdm(outbox.customers(), desc="Publishing", unit=" customers"):
        failed = outbox.publish([customer])
        left += len(failed)
        emptied += not failed
        reasons |= {str(error) or type(error).__name__ for error in failed.values()}
    print(f"{emptied:,} outboxes emptied" + (f", {left:,} failed: run it again" if left else ""))
    for reason in sorted(reasons):
        print(f"  {reason}")
    return 1 if left else 0
