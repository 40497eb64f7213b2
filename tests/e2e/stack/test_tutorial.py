"""Every block of commands in the README, the tutorial and the guide for moving in does what the page says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.stack.conftest import is_ignored
from tests.support.stack.documents import Shell, blocks, differs
from tests.support.stack.make_command import environment
from tests.support.stack.own_stack import ROOT, folder, running_stack

PAGES = "-of-the-pages"
"""Of the demo's customers that the pages correct and erase, other tests ask on the usual stack."""
# The runner's own.
NOT_WRITTEN = {".block", ".errors"}


@pytest.fixture(scope="module")
def apart() -> Iterator[dict[str, Any]]:
    """A stack for the pages alone."""
    with running_stack(PAGES) as running:
        yield running


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        pytest.param("docs/tutorial.md", marks=pytest.mark.thorough),
        pytest.param("docs/moving-in.md", marks=pytest.mark.thorough),
    ],
)
def test_every_block_does_what_the_page_says(apart: dict[str, Any], desk: Path, page: str) -> None:
    there = {each.name for each in desk.iterdir()}
    shell = Shell(desk, _environment(apart), apart["api"])
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
    assert [name for name in sorted(written) if not is_ignored(name)] == []
    left = {each.name for each in desk.iterdir()} - there - NOT_WRITTEN
    assert left == set(), "the page's last block removes what the others wrote"


def _environment(stack: dict[str, Any]) -> dict[str, str]:
    """The lines name no stack: it is the one of these variables."""
    port = str(urlsplit(stack["aws"]).port)
    return environment(DIR=str(folder(PAGES)), PORT=port, STACK_FILE=str(folder(PAGES) / "stack.json"))
