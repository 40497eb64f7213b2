"""The tables of the tests, in the tests' own Python, behind a port: what they cost is nobody's who is measured."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.request import urlopen

from bench.building import ROOT

Event = dict[str, object]
"""As Lambda hands it to a handler."""


@contextmanager
def serving(enterprises: Sequence[str]) -> Iterator[int]:
    """Their port. Each enterprise has customers with a history, from which everything is derived already."""
    arguments, environment = _tests("tests.support.capacity.served", *enterprises), _paths()
    with subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        if not (port := process.stdout.readline()):
            raise RuntimeError("the tables cannot be served; the lines above say why")
        yield int(port)


def changes(port: int, enterprise: str) -> list[Event]:
    """What the tables' streams have told since the last call: a batch of each."""
    with urlopen(f"http://127.0.0.1:{port}/changes/{enterprise}") as answer:
        return [{"Records": records} for records in json.load(answer)]


def counted() -> list[dict[str, float]]:
    """What a batch of each size costs: requests and units, by rows of real sizes."""
    arguments = _tests("tests.support.capacity", "batches")
    done = subprocess.run(arguments, cwd=ROOT, env=_paths(), check=True, stdout=subprocess.PIPE, text=True)
    # The lines before are the log's.
    found: list[dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _tests(module: str, *arguments: str) -> list[str]:
    return [str(ROOT / ".venv/bin/python"), "-W", "ignore", "-m", module, *arguments]


def _paths() -> dict[str, str]:
    paths = (ROOT / each for each in ("layers/common/python", "functions", "."))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
