"""How a measured process is started: nothing of the developer's own Python, packages or settings gets in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench.building import Variant

Samples = dict[str, list[float]]
"""Seconds of CPU (user and system) by variant, one per round."""
Tick = Callable[[], None]
"""Called after each round."""


def command(script: str, variant: Variant) -> list[str]:
    """Python without site-packages, which writes no byte code beside what is measured."""
    here = Path(__file__).resolve().parent
    return [sys.executable, "-I", "-S", "-B", str(here / script), variant.module, *variant.folders]
