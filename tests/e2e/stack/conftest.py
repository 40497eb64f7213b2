"""A desk to run the documents' commands at: a checkout, and a shell with the commands of the AWS CLI."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.environment import CREDENTIALS
from tests.support.stack.documents import FENCED, Shell
from tests.support.stack.make_command import environment
from tests.support.stack.own_stack import ROOT, folder

RUNBOOK = ROOT / "docs/runbook.md"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A checkout to work in: the files that a reader's lines write stay out of the real one."""
    for each in ROOT.iterdir():
        if each.name != ".git" and not is_ignored(each.name, not_links=True):
            (tmp_path / each.name).symlink_to(each)
    for name in (".venv", ".local"):
        if not (tmp_path / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def is_ignored(name: str, *, not_links: bool = False) -> bool:
    """By git."""
    if not_links and (ROOT / name).is_dir():
        return False
    return subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False).returncode == 0


@pytest.fixture
def no_dead_letters(aws: Callable[[str], Any]) -> None:
    """Those of other tests on this stack."""
    sqs = aws("sqs")
    for queue in sqs.list_queues()["QueueUrls"]:
        if "-Dead" in queue:
            sqs.purge_queue(QueueUrl=queue)


@pytest.fixture
def shell(stack: dict[str, Any], desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell in which the runbook's functions are known. Lines of make and of the CLI are about the local stack."""
    tools = tmp_path_factory.mktemp("tools")
    (tools / "aws").write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m tests.support.stack.aws_command "$@"\n'
    )
    (tools / "aws").chmod(0o755)
    known = environment(
        **CREDENTIALS,
        DIR=str(folder()),
        PORT=str(urlsplit(stack["aws"]).port),
        STACK_FILE=str(folder() / "stack.json"),
        AWS_ENDPOINT_URL=stack["aws"],
    )
    opened = Shell(desk, {**known, "PATH": f"{tools}:{known['PATH']}"}, stack["api"])
    functions = next(match[2] for match in FENCED.finditer(RUNBOOK.read_text()))
    opened.say(functions.replace("stack=customers ", f"stack={stack['stack']} "))
    yield opened
    opened.close()
