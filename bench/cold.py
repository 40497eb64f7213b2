"""Cold starts: a fresh interpreter for each, until its handler is imported, or until it has answered its first call."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence

from bench.building import Variant
from bench.isolated import Samples, Tick, command

Environment = Callable[[Variant], Mapping[str, str]]


def measure(variants: Sequence[Variant], environment: Environment, rounds: int, tick: Tick) -> Samples:
    """Whole processes, from their start to the end of the script."""
    samples: Samples = {each.name: [] for each in variants}
    for turn in range(rounds + 1):
        for each in random.sample(variants, len(variants)):
            seconds = _run(each, environment(each))
            if turn:  # the first one reads the files into the page cache
                samples[each.name].append(seconds)
        tick()
    return samples


def _run(variant: Variant, environment: Mapping[str, str]) -> float:
    arguments = command("inside_cold.py", variant)
    # What it logs goes nowhere; what it says of a fault is to be seen.
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(arguments[0], arguments, environment, file_actions=silent)
    _, status, used = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{variant.name} does not start or answer; the lines above say why")
    return used.ru_utime + used.ru_stime
