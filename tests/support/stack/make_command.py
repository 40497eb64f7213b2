"""`make`, as somebody types it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.stack.own_stack import ROOT

# Of the `make` that may have started these tests, and of the shell that may name a stack.
NOT_INHERITED = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS", "STACK_FILE", "DIR", "PORT", "STACK")


def environment(**more: str) -> dict[str, str]:
    """The shell's, without what would change the meaning of a line of make, and with this Python: what finds one by the
    name of python3 may take longer than the line itself.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return inherited | {"PYTHON": sys.executable} | more


def make(*words: str, cwd: Path = ROOT, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run it and wait for its end."""
    return subprocess.run(
        ["make", *words],
        cwd=cwd,
        env=dict(environ or environment()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def said(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines that it ends with, without make's own that a recipe has failed."""
    lines = (ended.stdout + ended.stderr).splitlines()
    return [line for line in lines if line.strip() and not line.startswith("make: ***")]
