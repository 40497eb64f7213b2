"""What runs before anything is installed can be read by whatever Python there is."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stack.own_stack import ROOT

READ_BY_ALL = pytest.mark.parametrize("name", ["local/preflight.py", "commands/targets.py"])
OLD = ("2.7", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10")
TOO_NEW = (ast.AnnAssign, ast.AsyncFunctionDef, ast.JoinedStr, ast.Match, ast.NamedExpr, ast.Nonlocal, ast.Starred)


def old_pythons() -> Iterator[str]:
    """Those that this machine happens to have."""
    folders = [Path(each) for each in os.environ["PATH"].split(os.pathsep)]
    folders += Path.home().glob(".pyenv/versions/*/bin")
    for version in OLD:
        yield from {str(folder / f"python{version}") for folder in folders if (folder / f"python{version}").is_file()}


@READ_BY_ALL
def test_python_2_can_read_it(name: str) -> None:
    source = (ROOT / name).read_text(encoding="utf-8")
    # Without this line Python 2 takes no letter beyond ASCII, not even in a comment.
    assert source.startswith("# -*- coding: utf-8 -*-\n")
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, TOO_NEW), ast.dump(node)
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            assert node.returns is None
            assert [*arguments.posonlyargs, *arguments.kwonlyargs] == []
            assert not any(each.annotation for each in arguments.args)
        if isinstance(node, ast.ImportFrom):
            assert node.module != "__future__" or [each.name for each in node.names] == ["print_function"]


@pytest.mark.thorough
@READ_BY_ALL
def test_every_older_python_of_this_machine_reads_it(name: str) -> None:
    for python in old_pythons():
        command = [
            python,
            "-c",
            "import io, sys; compile(io.open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec')",
            name,
        ]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        # A shim of pyenv may lead nowhere.
        assert ended.returncode == 0 or "pyenv" in ended.stderr, ended.stderr


@pytest.mark.thorough
def test_an_old_python_is_one_line_with_the_mend() -> None:
    for python in old_pythons():
        ended = subprocess.run([python, "local/preflight.py"], cwd=ROOT, capture_output=True, text=True, check=False)
        if "pyenv" in ended.stderr:
            continue
        assert ended.returncode == 1
        (line,) = ended.stderr.splitlines()
        assert "is too old: install 3.11 or newer" in line
