"""Cold starts: a fresh interpreter for each."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence

from bench.building import Variant
from bench.isolated import Samples, Tick, command


def measure(variants: Sequence[Variant], environment: Mapping[str, str], rounds: int, tick: Tick) -> Samples:
    """Whole processes, from their start until the handler is imported."""
    samples: Samples = {each.name: [] for each in variants}
    for turn in range(rounds + 1):
        for each in random.sample(variants, len(variants)):
            seconds = _import(each, environment)
            if turn:  # the first one reads the files into the page cache
                samples[each.name].append(seconds)
        tick()
    return samples


def _import(variant: Variant, environment: Mapping[str, str]) -> float:
    arguments = command("inside_cold.py", variant)
    process = os.posix_spawn(arguments[0], arguments, environment)
    _, status, used = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{variant.name} cannot be imported; the lines above say why")
    return used.ru_utime + used.ru_stime
