"""Build, measure, tell. `ROUNDS` in the environment makes it longer and surer, or shorter."""

from __future__ import annotations

import os
import sys
from subprocess import CalledProcessError

from bench import cold, job, report, stub, warm
from bench.building import ROOT, UNCOMPILED, build, megabytes
from bench.figures import TARGETS, Measured
from local.progress import step

RESULTS = ROOT / ".local" / "bench.json"
ROUNDS = 15


def main() -> int:
    rounds = _rounds()
    with step("Building the layer, the lookup and the other variants"):
        variants, layer = build()
        sizes = megabytes(layer)
    item = job.item()
    with stub.serving(item) as address:
        environment = job.environment(address)
        with step(f"Cold starts of {len(variants)} variants, {rounds} rounds"):
            started = cold.measure(variants, environment, rounds, _tick)
        called = [each for each in variants if each.name != UNCOMPILED]  # byte code makes no odds to a warm call
        with step(f"Warm calls of {len(called)} variants, {warm.LIVES} lives of {rounds} rounds of {warm.BATCH} calls"):
            measured = Measured(started, warm.measure(called, environment, rounds, _tick))
    verdicts = [target.verdict(measured) for target in TARGETS]
    report.show(measured, verdicts, sizes)
    report.write(RESULTS, measured, verdicts, {"rounds": rounds, "layer_megabytes": sizes, "item_bytes": len(item)})
    return 0 if all(each.met for each in verdicts) else 1


def _rounds() -> int:
    text = os.environ.get("ROUNDS") or str(ROUNDS)
    if not text.isdecimal() or not int(text):
        sys.exit(f"ROUNDS must be a number of rounds, 1 or more (default: {ROUNDS})")
    return int(text)


def _tick() -> None:
    print(".", end="", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (warm.Unequal, RuntimeError, CalledProcessError) as error:
        print(f"The bench stopped: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
