"""Build, measure, tell. `ROUNDS` in the environment makes it longer and surer, or shorter."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from subprocess import CalledProcessError

from bench import admission, cold, job, report, stub, warm
from bench.building import ROOT, UNCOMPILED, Variant, build, build_facts, megabytes, trust
from bench.certificates import certificate
from bench.facts import measure, tables
from bench.figures import BOUNDS, TARGETS, Measured
from bench.stub import Addresses
from local.progress import step

RESULTS = ROOT / ".local" / "bench.json"
ROUNDS = 15


def main() -> int:
    rounds = _rounds()
    with step("Building the layer, the functions and the other variants"):
        variants, layer = build()
        sizes = megabytes(layer)
    with tempfile.TemporaryDirectory() as folder:
        measured = _measure(variants, rounds, Path(folder), sizes[1])
    verdicts = [target.verdict(measured) for target in TARGETS]
    report.show(measured, verdicts, sizes)
    more = {"rounds": rounds, "layer_megabytes": sizes, "item_bytes": len(job.item())}
    report.write(RESULTS, measured, verdicts, more)
    return 0 if all(each.met for each in verdicts) and all(each.met(measured) for each in BOUNDS) else 1


def _measure(variants: Sequence[Variant], rounds: int, folder: Path, layer: float) -> Measured:
    shown, roots = folder / "server.pem", folder / "roots.pem"
    shown.write_bytes(certificate("127.0.0.1"))
    trust(shown)
    # As many roots as everybody trusts: to read them is a large part of a first call.
    shutil.copyfile(_roots(), roots)
    with roots.open("ab") as file:
        file.write(b"\n" + shown.read_bytes())
    events = {"lookup": job.event(), "authorizer": admission.admission()}
    for task, event in events.items():
        (folder / task).write_text(json.dumps(event))
    # Byte code makes no odds to a warm call.
    called = [each for each in variants if each.name != UNCOMPILED]
    with stub.serving(job.item(), admission.registered(), admission.key_set(), shown) as addresses:
        environment = _Environments(addresses, folder)
        with step(f"Cold starts of {len(variants)} variants, {rounds} rounds"):
            started = cold.measure(variants, environment.plain, rounds, _tick)
        with step(f"First calls over TLS of {len(called)} variants, {rounds} rounds"):
            answered = cold.measure(called, environment.tls, rounds, _tick)
        with step(f"Warm calls of {len(called)} variants, {warm.LIVES} lives of {rounds} rounds of {warm.BATCH} calls"):
            living = warm.measure(called, environment.plain, events, rounds, _tick)
    folds, derivers = build_facts()
    with step(f"Purchases in batches, {rounds} rounds"):
        facts = measure.measure(folds, derivers, rounds, _tick)
    with step("Counting requests and units of batches"):
        return Measured(started, answered, living, facts, tables.counted(), layer)


class _Environments:
    """Of each variant's processes."""

    def __init__(self, addresses: Addresses, folder: Path) -> None:
        self._addresses = addresses
        self._folder = folder

    def plain(self, variant: Variant) -> dict[str, str]:
        return self._of(variant, tls=False)

    def tls(self, variant: Variant) -> dict[str, str]:
        return self._of(variant, tls=True)

    def _of(self, variant: Variant, *, tls: bool) -> dict[str, str]:
        roots = str(self._folder / "roots.pem")
        made = job.environment(self._addresses, tls=tls, roots=roots, has_botocore=variant.has_botocore)
        return {**made, "BENCH_EVENT": str(self._folder / variant.task)} if tls else made


def _roots() -> Path:
    spec = find_spec("botocore")
    assert spec and spec.origin  # noqa: PT018, S101 - it is installed here
    return Path(spec.origin).with_name("cacert.pem")


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
