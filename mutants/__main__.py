"""`make mutants`: plants faults one at a time and says which of them no test notices."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

# Before anything of hypothesis is imported: enough examples to notice a fault, and no time spent on the smallest one.
os.environ.setdefault("HYPOTHESIS_PROFILE", "mutants")

from mutants import baseline, report
from mutants.faults.planting import ROOMS, planted, sample
from mutants.mutant import Mutant
from mutants.running import phases, type_checks
from mutants.running.coverage_map import Map
from mutants.running.runner import SURVIVED, Verdict

ROOT = Path(__file__).resolve().parents[1]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--room", default="", help=f"where: {', '.join(ROOMS)}, or a folder inside one; all of them")
    parser.add_argument("--severity", default="", help="only faults of these severities")
    parser.add_argument("--sample", type=int, default=0, help="so many of them; all of them")
    parser.add_argument("--seed", default="13", help="another sample of the same size")
    parser.add_argument(
        "--budget", type=float, default=40.0, help="seconds of tests for a mutant; 0 for all that there are"
    )
    parser.add_argument(
        "--patience", type=float, default=0.0, help="seconds of tests for what survived, which is planted once more"
    )
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--tests", default="tests", help="only these folders of tests")
    parser.add_argument("--covered", action="store_true", help="pass over faults on lines that these tests do not run")
    parser.add_argument("--list", action="store_true", help="list the mutants, and plant none")
    return parser.parse_args()


def main() -> int:
    asked = _arguments()
    # Ends the steps too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.chdir(ROOT)
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", file=sys.stderr, flush=True)

    everything = list(planted(ROOT, frozenset(filter(None, asked.room.split(",")))))
    known = baseline.Baseline(baseline.load())
    alike: dict[tuple[str, str], list[Mutant]] = defaultdict(list)
    for each in everything:
        alike[each.key].append(each)
    wanted = frozenset(filter(None, asked.severity.split(",")))
    open_ = [each for each in everything if not known.find(each, alike[each.key])]
    chosen = sample((each for each in open_ if not wanted or each.severity in wanted), asked.sample, asked.seed)
    tell(f"{len(chosen)} of {len(everything)} mutants")
    if asked.list:
        for each in chosen:
            print(f"[{each.severity}] {each.file}:{each.line} {each.function}: {each.mutation}")
        return 0
    found = _run(chosen, asked, asked.budget, tell)
    if 0 < asked.budget < asked.patience:
        left = [each.mutant for each in found if each.outcome == "survived" and each.mutant.file.endswith(".py")]
        tell(f"{len(left)} of these once more, with {asked.patience:.0f} s of tests")
        found = [each for each in found if each.mutant not in left] + _run(left, asked, asked.patience, tell)
    found = _typed(found)
    gone = [] if asked.room else known.gone(everything)
    print("\n".join(report.lines(ROOT, found, len(everything) - len(open_), gone)))
    return 1 if report.survivors(found) else 0


def _typed(found: list[Verdict]) -> list[Verdict]:
    """With what mypy notices of the faults in code that no test does: nobody can commit them."""
    left = [each.mutant for each in found if each.outcome in SURVIVED and each.mutant.file.endswith(".py")]
    wrong = [*type_checks.noticed(ROOT, left)]
    return [replace(each, outcome="killed", by="mypy") if each.mutant in wrong else each for each in found]


def _run(chosen: Sequence[Mutant], asked: argparse.Namespace, budget: float, tell: phases.Tell) -> list[Verdict]:
    found: list[Verdict] = []

    def note(verdicts: Iterable[Verdict]) -> list[Mutant]:
        again = []
        for verdict in verdicts:
            if verdict.outcome == "fresh":
                again.append(verdict.mutant)
                continue
            found.append(verdict)
            if verdict.outcome in SURVIVED:
                tell(f"{verdict.outcome}: {verdict.mutant.file} {verdict.mutant.function}: {verdict.mutant.mutation}")
            if len(found) % 25 == 0:
                tell(f"{len(found)} of {len(chosen)}, {len(report.survivors(found))} survived")
        return again

    python = [each for each in chosen if each.file.endswith(".py")]
    if python:
        tests = phases.tests_in(ROOT, asked.tests.split(","))
        known: Map = phases.recorded(ROOT, tests, asked.at_once, tell)
        for red in sorted(known.red):
            tell(f"red without any fault, so left out: {red}")
        if asked.covered:
            python = [each for each in python if known.of(each.file, each.line) and not _at_import(each, known)]
        late = [each for each in python if not _at_import(each, known)]
        again = note(phases.warm(ROOT, tests, late, known, budget, asked.at_once))
        early = [each for each in python if _at_import(each, known)]
        note(phases.fresh(ROOT, [*early, *again], known, budget, asked.at_once))
    rest = [each for each in chosen if not each.file.endswith(".py")]
    note(phases.in_copies(ROOT, rest, asked.at_once, tell))
    return found


def _at_import(mutant: Mutant, known: Map) -> bool:
    return mutant.imports or mutant.line in known.at_import.get(mutant.file, set())


if __name__ == "__main__":
    raise SystemExit(main())
