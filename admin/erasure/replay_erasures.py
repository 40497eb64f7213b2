"""After tables were restored to a time before: erase again whoever was erased since, and sweep after all of them."""

from __future__ import annotations

import argparse

from tqdm import tqdm

from admin.erasure import erasures
from admin.stack.location import Stack


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """0: how each ends is to be seen in the workflow, and by `resume-erasures`, which then has nothing to start."""
    started = 0
    for enterprise, erasure in tqdm(erasures.every(stack), desc="Starting", unit=" erasures"):
        if erasure.erased_at:
            erasures.start(stack, enterprise, erasure, restored=True)
            started += 1
    print(f"Started: {started:,}")
    return 0
