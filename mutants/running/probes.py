"""Which lines run: a probe before each statement of our own code, none in what it calls."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

HITS = "__hits__"
_ONE = re.compile(rb"\x01")


class Planted(importlib.abc.MetaPathFinder):
    """Imports files with other code than they hold: `code` gives it, or nothing where the file is as it is."""

    def __init__(self, code: Callable[[str], tuple[CodeType, dict[str, Any]] | None]) -> None:
        self._code = code

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if not spec or not spec.origin or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        if (found := self._code(spec.origin)) is None:
            return None
        spec.loader = _Loader(*found)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, code: CodeType, names: dict[str, Any]) -> None:
        self._code, self._names = code, names

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        module.__dict__.update(self._names)
        exec(self._code, module.__dict__)  # noqa: S102 - a module is executed as it is imported


class Probes:
    """Installed before anything of the project is imported."""

    def __init__(self, root: Path, sources: tuple[str, ...]) -> None:
        self._root, self._sources = str(root) + "/", tuple(str(root / each) for each in sources)
        self._hits: dict[str, bytearray] = {}

    def install(self) -> None:
        sys.meta_path.insert(0, Planted(self._instrumented))

    def take(self) -> dict[str, list[int]]:
        """The lines by file that ran since the last time."""
        found = {}
        for file, hits in self._hits.items():
            if 1 in hits:
                found[file] = [each.start() for each in _ONE.finditer(hits)]
                hits[:] = bytes(len(hits))
        return found

    def _instrumented(self, origin: str) -> tuple[CodeType, dict[str, Any]] | None:
        if not origin.startswith(self._sources):
            return None
        source = Path(origin).read_text()
        tree = _Prober().visit(ast.parse(source))
        hits = self._hits.setdefault(origin.removeprefix(self._root), bytearray(source.count("\n") + 2))
        return compile(ast.fix_missing_locations(tree), origin, "exec", dont_inherit=True), {HITS: hits}


class _Prober(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                setattr(node, field, [each for statement in block for each in _probed(statement)])
        return node


def _probed(statement: ast.stmt) -> list[ast.stmt]:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    if is_text or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
        return [statement]
    probe = ast.parse(f"{HITS}[{statement.lineno}] = 1").body[0]
    return [*(ast.copy_location(each, statement) for each in [probe]), statement]
