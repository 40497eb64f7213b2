"""The steps of a run, each in a process of its own that has imported what it needs and nothing else."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from mutants.mutant import Mutant
from mutants.running import copies
from mutants.running.coverage_map import CACHE, SOURCES, Map, Recorder, record_all
from mutants.running.engine import Collected, collect
from mutants.running.probes import Probes
from mutants.running.runner import Fresh, Verdict, Warm, verdicts

LOG = Path(".local/mutants/log")
READING = ("tests/admin", "tests/commands", "tests/contract", "tests/edge")
"""The folders of the tests that ask what is deployed; those of the operations only run on it."""
Tell = Callable[[str], None]


def _apart(work: Callable[[Connection], None]) -> Iterator[Verdict]:
    """What a child of ours sends, as it sends it."""

    def silent(pipe: Connection) -> None:
        # What pytest says of the session it collects.
        LOG.parent.mkdir(parents=True, exist_ok=True)
        os.dup2(os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        work(pipe)

    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    child = context.Process(target=silent, args=(writer,), daemon=True)
    child.start()
    writer.close()
    try:
        while True:
            yield reader.recv()
    except EOFError:
        child.join()
        if child.exitcode:
            raise SystemExit(f"a step of the run ended with {child.exitcode}; {LOG} may say why") from None


def tests_in(root: Path, folders: Sequence[str]) -> list[str]:
    """Of folders the files of tests, but for those that need a stack; of files themselves."""
    found = {path for each in folders for path in [root / each, *(root / each).rglob("test_*.py")] if path.is_file()}
    return sorted(str(path.relative_to(root)) for path in found if "e2e" not in path.parts)


def contracts(root: Path) -> list[str]:
    """The tests that read the template or a workflow."""
    reading = re.compile(r"template\(\)|tests\.support\.(template\.|stack\.machine)|\.asl\.yaml")
    return [file for file in tests_in(root, READING) if reading.search((root / file).read_text())]


def recorded(root: Path, tests: Sequence[str], at_once: int, tell: Tell) -> Map:
    """The map, after the tests of which there is no good record have been recorded."""
    recorder = Recorder(root)
    imports = root / CACHE / "imports.json"
    stale = [file for file in tests if recorder.kept(file) is None]
    sources = {str(each.relative_to(root)) for folder in SOURCES for each in (root / folder).rglob("*.py")}
    sums = {file: recorder.sum_of(file) for file in sorted(sources)}
    known = json.loads(imports.read_text()) if imports.is_file() else {}
    if stale or known.get("sums") != sums:

        def work(_pipe: Connection) -> None:
            probes = Probes(root, SOURCES)
            probes.install()

            def then(collected: Collected) -> None:
                at_import = probes.take()
                imports.parent.mkdir(parents=True, exist_ok=True)
                imports.write_text(json.dumps({"sums": sums, "lines": at_import}))
                record_all(collected, root, probes, at_once, tell)

            collect(stale or [tests[0]], then)

        list(_apart(work))
    made = Map({}, at_import={file: set(lines) for file, lines in json.loads(imports.read_text())["lines"].items()})
    for file in tests:
        if kept := Recorder(root).kept(file):
            made.add(kept)
    return made


def warm(
    root: Path, tests: Sequence[str], mutants: Sequence[Mutant], known: Map, budget: float, at_once: int
) -> Iterator[Verdict]:
    def work(pipe: Connection) -> None:
        def then(collected: Collected) -> None:
            for verdict in verdicts(mutants, Warm(collected, root, known, budget), at_once):
                pipe.send(verdict)

        collect(list(tests), then)

    return _apart(work) if mutants else iter(())


def fresh(root: Path, mutants: Sequence[Mutant], known: Map, budget: float, at_once: int) -> Iterator[Verdict]:
    def work(pipe: Connection) -> None:
        copies.warm()
        for verdict in verdicts(mutants, Fresh(root, known, budget), at_once):
            pipe.send(verdict)

    return _apart(work) if mutants else iter(())


def in_copies(root: Path, mutants: Sequence[Mutant], at_once: int, tell: Tell) -> Iterator[Verdict]:
    def work(pipe: Connection) -> None:
        copies.warm()
        copies.prepare(root)
        how = copies.Copies(root, copies.make(root, at_once), contracts(root))
        for red in how.look():
            tell(f"red without any fault, so left out: {red}")
        for verdict in verdicts(mutants, how, at_once):
            pipe.send(verdict)

    return _apart(work) if mutants else iter(())
