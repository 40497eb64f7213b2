"""After a restore to an earlier time: repeat the erasures made since then, and sweep again for all of them."""

from __future__ import annotations

import argparse

from tqdm import tqdm

from admin.erasure import erasures
from admin.stack.location import Stack


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """Always 0. The workflow shows how each ends; when all are done, `resume-erasures` starts nothing."""
    started = 0
    for enterprise, erasure in tqdm(erasures.every(stack), desc="Starting", unit=" erasures"):
        if erasure.erased_at:
            erasures.start(stack, enterprise, erasure, restored=True)
            started += 1
    print(f"Started: {started:,}")
    return 0
