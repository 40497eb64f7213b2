"""Private copies of the tree, in which the template and the workflows are changed and their tests run."""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from mutants.faults.yaml_files import text_of
from mutants.faults.yaml_nodes import Edit
from mutants.mutant import Mutant
from mutants.running.engine import each_in_a_fork
from mutants.running.runner import outcome, run_fresh

COPIES = Path(".local/mutants/copies")
WARM = (
    *(
        "boto3",
        "hypothesis",
        "hypothesis.strategies",
        "jsonschema_rs",
        "jwt",
        "moto",
        "phonenumbers",
        "pydantic",
        "yaml",
    ),
    *("moto.dynamodb.models", "moto.events.models", "moto.s3.models", "moto.sqs.models", "responses", "unittest.mock"),
    *("aws_lambda_powertools", "mypy_boto3_dynamodb", "mypy_boto3_s3", "mypy_boto3_sqs"),
)
"""What tests import of others: imported once, before the forks."""
_LIKELY = 4
"""Files of tests that are run before the others."""


def make(root: Path, how_many: int) -> list[Path]:
    """Fresh copies of what git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is
        cwd=root, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    copies = [root / COPIES / str(number) for number in range(how_many)]
    for copy in copies:
        shutil.rmtree(copy, ignore_errors=True)
        for name in filter(None, listed.split("\0")):
            if (root / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, copy / name)
        # Some tests ask the SAM CLI, which is installed once.
        (copy / ".local").mkdir()
        (copy / ".local/tools").symlink_to((root / ".local/tools").resolve())
    return copies


def warm() -> None:
    for name in WARM:
        importlib.import_module(name)


PREPARED = "tests.support.template.observed"
"""What the operations were seen to do is the same whatever the template says, and takes seconds to see."""


def prepare(root: Path) -> None:
    paths = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["pythonpath"]
    sys.path[:0] = [str(root / path) for path in paths]
    # The copies are ours: what one fork has compiled there, the next need not.
    sys.dont_write_bytecode = False
    # What the functions log meanwhile is nobody's concern.
    with contextlib.redirect_stdout(io.StringIO()):
        importlib.import_module("tests.conftest")
        importlib.import_module(PREPARED).observed()


def _leave(root: Path, copy: Path) -> None:
    """In a fork: from here on tests are those of the copy, which read its template."""
    for name in [each for each in sys.modules if each.partition(".")[0] == "tests" and each != PREPARED]:
        del sys.modules[name]
    sys.path[:] = [each for each in sys.path if each not in ("", str(root))]
    os.chdir(copy)


def _linted() -> str | None:
    """What `make template` notices last, for it takes longer than the tests."""
    done = subprocess.run([".local/tools/bin/cfn-lint"], capture_output=True, check=False)
    return "cfn-lint" if done.returncode else None


class Copies:
    """Mutants of files that tests read."""

    def __init__(self, root: Path, copies: list[Path], tests: list[str]) -> None:
        self._root, self._copies, self._tests = root, copies, tests
        self._words = {each: set(re.findall(r"\w+", (root / each).read_text())) for each in tests}
        self._red: list[str] = []

    def look(self) -> list[str]:
        """The tests that fail without any fault; they are left out from now on."""
        for _, red in each_in_a_fork([None], self._all_red, lambda _: 300.0, 1):
            if not isinstance(red, list):
                raise SystemExit(f"the tests of the template do not run: {red}")
            self._red = red
        return self._red

    def _all_red(self, _nothing: None) -> list[str]:
        _leave(self._root, self._own())
        return run_fresh(self._tests, "--maxfail=1000")

    def seconds(self, _mutant: Mutant) -> float:
        return 120.0

    def work(self, mutant: Mutant) -> tuple[str, str]:
        import yaml

        # libyaml reads the template ten times as fast.
        yaml.SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[misc]
        copy = self._own()
        file = copy / mutant.file
        file.write_text(text_of(self._root, mutant))
        try:
            _leave(self._root, copy)
            tests, found = self._likely_first(mutant), outcome(None)
            # One that fails is enough, and what is not run need not be imported. Each in a fork: what a session of
            # pytest has patched, another one would patch again.
            for part in (tests[:_LIKELY], tests[_LIKELY:]):
                ((_, found),) = each_in_a_fork([part], self._outcome, lambda _: 60.0, 1)
                if found != outcome(None):
                    break
            if found == outcome(None) and mutant.file == "template.yaml":
                found = outcome(_linted())
        finally:
            shutil.copy2(self._root / mutant.file, file)
        return found

    def _outcome(self, tests: list[str]) -> tuple[str, str]:
        return outcome(next(iter(run_fresh(tests, *(f"--deselect={each}" for each in self._red))), None))

    def _likely_first(self, mutant: Mutant) -> list[str]:
        """The files of tests: those first that are about the room, and of them those that name what is changed."""
        edit: Edit = mutant.edit
        named = set(map(str, edit.path))
        return sorted(self._tests, key=lambda each: (mutant.room not in each, -len(named & self._words[each])))

    def _own(self) -> Path:
        """A copy that no other fork uses now; as it was, whatever became of the fork before."""
        for copy in self._copies:
            lock = os.open(copy, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            for file in (self._root / "template.yaml", *self._root.glob("functions/**/*.asl.yaml")):
                shutil.copy2(file, copy / file.relative_to(self._root))
            return copy
        raise RuntimeError("every copy is in use")
