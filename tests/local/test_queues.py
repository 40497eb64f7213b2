"""The emulator's queues do as the emulator's own functions do, whatever is sent, received, deleted, late or too old."""

from __future__ import annotations

import subprocess

from tests.support.stack.own_stack import PYTHON, ROOT


def test_every_queue_holds_what_the_emulator_would_have_it_hold() -> None:
    arguments = [str(PYTHON), "-m", "tests.support.stack.compare_queues", "0", "100"]
    ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
