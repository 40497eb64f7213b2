"""A fact that was refused is read, mended by hand, and put back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Enterprise, eventually
from tests.support.stack.own_stack import ROOT

PHONE = "+97433001122"


class Operator:
    """Runs the commands on this stack, and keeps the files that they write in a folder of the test's own."""

    def __init__(self, stack: dict[str, Any], folder: Path) -> None:
        self._stack_file = folder / "stack.json"
        self._stack_file.write_text(json.dumps(stack))
        self.refused = folder / "refused"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "admin", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": "layers/common/python", "STACK_FILE": str(self._stack_file)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def file_of(self, enterprise: Enterprise, fact_id: str) -> Path | None:
        """The file in which `refused` has laid this fact down, if it has."""
        self.listed = self.run("refused", "--enterprise", enterprise.id).stdout
        return next((file for file in self.refused.glob("*.json") if f'"{fact_id}"' in file.read_text()), None)


def test_a_refused_fact_is_mended_and_put_back_and_counts_once(
    stack: dict[str, Any], enterprise: Enterprise, tmp_path: Path
) -> None:
    operator = Operator(stack, tmp_path)
    _top_up(enterprise, 100)
    poison = _top_up(enterprise, "1000")
    _top_up(enterprise, 10)
    file: Path = eventually(lambda: operator.file_of(enterprise, poison))
    eventually(lambda: _balance(enterprise) == 110)
    (row,) = [line for line in operator.listed.splitlines() if line.startswith(file.stem)]
    assert "balance.topped_up" in row
    assert "amount_minor: Input should be a valid integer" in row

    as_it_is = operator.run("redrive", "--id", file.stem)
    assert as_it_is.returncode == 1
    assert f"{file.stem} stays: amount_minor: Input should be a valid integer" in as_it_is.stdout

    file.write_text(file.read_text().replace('"amount_minor": "1000"', '"amount_minor": 1000'))
    mended = operator.run("redrive", "--id", file.stem)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "Sent back to the fact queue: 1 of 1" in mended.stdout
    eventually(lambda: _balance(enterprise) == 1110)
    assert not file.exists()
    assert "do not have" in operator.run("redrive", "--id", file.stem).stderr
    assert operator.file_of(enterprise, poison) is None

    _top_up(enterprise, 1000, fact_id=poison)
    _top_up(enterprise, 1)
    eventually(lambda: _balance(enterprise) % 10 == 1)
    assert _balance(enterprise) == 1111


def _top_up(enterprise: Enterprise, amount: Any, **fields: Any) -> str:
    return enterprise.publish("balance.topped_up", PHONE, amount_minor=amount, currency="QAR", **fields)


def _balance(enterprise: Enterprise) -> int:
    """What the customer can spend; nothing while nobody knows them."""
    customer = enterprise.get("/customers/lookup?phone=%2B97433001122").json()["data"]["customer"]
    return int(customer["balance"]["spendable_minor"]) if customer else 0
