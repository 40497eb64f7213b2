"""The last look at a fault in code: what `make types` says of it."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

from mutants.faults.python_code import tree_of
from mutants.mutant import Mutant
from mutants.running import copies

_CACHE = ".mypy_cache"


class TypeChecks:
    """Checks a file with a fault in a copy of the tree."""

    def __init__(self, root: Path) -> None:
        self._root = root
        (self._copy,) = copies.make(root, 1)
        if (root / _CACHE).is_dir():
            shutil.copytree(root / _CACHE, self._copy / _CACHE)

    def notice(self, mutant: Mutant) -> bool:
        """Whether mypy finds an error. It is not asked about a file with exceptions, which lie in its comments."""
        file = self._copy / mutant.file
        before = file.read_text()
        if "type: ignore" in before:
            return False
        file.write_text(ast.unparse(tree_of(self._root, mutant)))
        try:
            mypy = [str(self._root / ".venv/bin/mypy"), "--strict", mutant.file]
            done = subprocess.run(mypy, cwd=self._copy, capture_output=True, check=False)  # noqa: S603 - our own file
            return done.returncode != 0
        finally:
            file.write_text(before)
