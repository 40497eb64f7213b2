"""The last look at a fault in code: what `make types` says of it."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from mutants.faults.python_code import tree_of
from mutants.mutant import Mutant
from mutants.running import copies

_CACHE = ".mypy_cache"


def noticed(root: Path, mutants: Sequence[Mutant]) -> Iterator[Mutant]:
    """Those of which mypy says that they are wrong, each planted in a copy of the tree. It is not asked about a file
    with exceptions from its rules, which lie in comments.
    """
    if not mutants:
        return
    (copy,) = copies.make(root, 1)
    if (root / _CACHE).is_dir():
        shutil.copytree(root / _CACHE, copy / _CACHE)
    for mutant in mutants:
        file = copy / mutant.file
        before = file.read_text()
        if "type: ignore" in before:
            continue
        file.write_text(ast.unparse(tree_of(root, mutant)))
        mypy = [str(root / ".venv/bin/mypy"), "--strict", mutant.file]
        if subprocess.run(mypy, cwd=copy, capture_output=True, check=False).returncode:  # noqa: S603 - our own file
            yield mutant
        file.write_text(before)
