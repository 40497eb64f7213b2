"""Start the functions that consume queues and streams again."""

from __future__ import annotations

import argparse

from admin.restore import consumers
from admin.stack.location import Stack


def options(_parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(stack: Stack, _chosen: argparse.Namespace) -> int:
    """Always 0."""
    print(f"Started: {consumers.switch(stack, enabled=True)}")
    return 0
