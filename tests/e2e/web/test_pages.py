"""The flows are in JavaScript (`web/tests/browser`). `make test` runs one for each page, `make test-web` all."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.demo import publishing
from local.stack.stack_file import Stack
from tests.support.stack.own_stack import folder
from tests.support.tables import ROOT

WEB = ROOT / "web"
FLOWS = sorted((WEB / "tests/browser").glob("*.test.js"))
FLOWS_OF_MAKE_TEST = "^flow: "
MOST_SECONDS = 900


@pytest.fixture(scope="module")
def described(stack: dict[str, Any]) -> Path:
    """The file of a stack that knows the demo customers."""
    publishing.ensure_known(Stack(**stack))
    return folder() / "stack.json"


def run(flow: Path, described: Path, *options: str) -> None:
    ended = subprocess.run(
        ["node", "--test", *options, str(flow)],
        cwd=WEB,
        env={**os.environ, "STACK": str(described)},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert "\n# pass 0\n" not in ended.stdout, f"{flow.name} has no such test"


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.stem)
def test_a_flow_of_each_page(flow: Path, described: Path) -> None:
    run(flow, described, f"--test-name-pattern={FLOWS_OF_MAKE_TEST}")


@pytest.mark.web
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.stem)
def test_every_flow(flow: Path, described: Path) -> None:
    run(flow, described)
