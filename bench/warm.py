"""Warm invocations: a living process per variant, called in batches."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from bench.building import BARE, Variant
from bench.cold import Environment
from bench.isolated import Samples, Tick, command
from bench.job import is_good, told

Events = Mapping[str, Mapping[str, Any]]
"""What each task is called with."""
LIVES = 3
"""Processes per variant, one after another: its memory layout and hash seed make one faster than the next."""
BATCH = 40
"""Calls that are timed together."""
WARM_UP = 60
"""Calls of each process before the first that counts."""


class Unequal(Exception):  # noqa: N818 - a finding
    """A variant does another job than the others, so that comparing what they cost would mean nothing."""


class Living:
    """A process that has imported its handler and answered once."""

    def __init__(self, variant: Variant, process: subprocess.Popen[str], event: Mapping[str, Any]) -> None:
        self.name = variant.name
        self.task = variant.task
        self._process = process
        self.first: Mapping[str, Any] = json.loads(self._ask(json.dumps(event)))

    def call(self, times: int) -> float:
        """Seconds of CPU per invocation."""
        return int(self._ask(str(times))) / times / 1e9

    def _ask(self, line: str) -> str:
        assert self._process.stdin and self._process.stdout  # noqa: PT018, S101 - both are pipes
        print(line, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} cannot be called; the lines above say why")
        return answer


def measure(variants: Sequence[Variant], environment: Environment, events: Events, rounds: int, tick: Tick) -> Samples:
    """`rounds` batches in each life. Raises `Unequal`."""
    samples: Samples = {each.name: [] for each in variants}
    for _ in range(LIVES):
        with ExitStack() as stack:
            alive = [stack.enter_context(_living(each, environment(each), events[each.task])) for each in variants]
            _compare(alive)
            for each in alive:
                each.call(WARM_UP)
            for _ in range(rounds):
                for each in random.sample(alive, len(alive)):
                    samples[each.name].append(each.call(BATCH))
            tick()
    return samples


@contextmanager
def _living(variant: Variant, environment: Mapping[str, str], event: Mapping[str, Any]) -> Iterator[Living]:
    arguments = command("inside_warm.py", variant)
    # It ends when its standard input is closed, which leaving this does.
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Living(variant, process, event)


def _compare(alive: Sequence[Living]) -> None:
    first: dict[str, Living] = {}
    for each in alive:
        if each.name == BARE:
            continue
        other = first.setdefault(each.task, each)
        if told(each.task, each.first) != told(each.task, other.first) or not is_good(each.task, each.first):
            raise Unequal(f"{each.name} answers {each.first}\n{other.name} answers {other.first}")
