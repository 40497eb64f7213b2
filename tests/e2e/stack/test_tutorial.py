"""Every block of commands in the README and the tutorial does what the page says, one after the other."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.stack.documents import Shell, blocks, differs
from tests.support.stack.make_command import environment
from tests.support.stack.own_stack import ROOT, folder

# The runner's own.
NOT_WRITTEN = {".block", ".errors"}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A checkout to work in: the files that a reader's lines write stay out of the real one."""
    for each in ROOT.iterdir():
        if each.name != ".git" and not _is_ignored(each.name, not_links=True):
            (tmp_path / each.name).symlink_to(each)
    for name in (".venv", ".local"):
        if not (tmp_path / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def _is_ignored(name: str, *, not_links: bool = False) -> bool:
    if not_links and (ROOT / name).is_dir():
        return False
    return subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_every_block_does_what_the_page_says(stack: dict[str, Any], desk: Path, page: str) -> None:
    there = {each.name for each in desk.iterdir()}
    shell = Shell(desk, _environment(stack), stack["api"])
    written: set[str] = set()
    try:
        for block in blocks(ROOT / page):
            if block.by_hand:
                continue
            printed = shell.run(block)
            if block.shown:
                assert differs(block, printed) == "", f"{page}:{block.line}"
            written |= {each.name for each in desk.iterdir()} - there - NOT_WRITTEN
    finally:
        shell.close()
    assert [name for name in sorted(written) if not _is_ignored(name)] == []
    left = {each.name for each in desk.iterdir()} - there - NOT_WRITTEN
    assert left == set(), "the page's last block removes what the others wrote"


def _environment(stack: dict[str, Any]) -> dict[str, str]:
    """The lines name no stack: it is the one of these variables."""
    port = str(urlsplit(stack["aws"]).port)
    return environment(DIR=str(folder()), PORT=port, STACK_FILE=str(folder() / "stack.json"))
