"""Tills look up and sell while a load runs: live facts do not wait for it.

`LINES=200000 TILLS=50 SECONDS=300` looks longer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Enterprise, eventually
from tests.e2e.facts.test_load import no_fold
from tests.support.stack.own_stack import ROOT

LINES, TILLS = int(os.environ.get("LINES", "300")), int(os.environ.get("TILLS", "3"))
SECONDS = float(os.environ.get("SECONDS", "10"))
PATIENCE = 300.0 + LINES / 10
MONEY = {"currency": "QAR"}


@dataclass
class Seen:
    """What the tills have measured, in seconds."""

    lookups: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    """From a sale's fact to the lookup that shows it."""

    def told(self) -> str:
        return f"lookup p95 {p95(self.lookups) * 1000:,.0f} ms, age of live facts p95 {p95(self.ages):.1f} s"


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def phone_of(till: int) -> str:
    return f"+9745511{till:04}"


@pytest.mark.slow
@pytest.mark.thorough
def test_live_facts_do_not_wait_for_a_load(
    enterprise: Enterprise, stack: dict[str, Any], aws: Callable[[str], Any], tmp_path: Path
) -> None:
    for till in range(TILLS):
        enterprise.publish("balance.topped_up", phone_of(till), amount_minor=1, **MONEY)
    for till in range(TILLS):
        eventually(partial(_shows, enterprise, phone_of(till), 0))
    alone = _measured(enterprise)
    # None of it is folded yet, so every live fact comes after all of it.
    with no_fold(stack, aws):
        load = subprocess.Popen(**_command(stack, enterprise, tmp_path))
        eventually(lambda: _sent(tmp_path) == LINES, PATIENCE)
        waiting = _measured(enterprise)
    beside = _measured(enterprise)
    told, _ = load.communicate(timeout=PATIENCE)
    assert load.returncode == 0, told
    print(f"{LINES:,} lines, {TILLS} tills. Alone: {alone.told()}")
    print(f"While the load waits: {waiting.told()}. While it is folded: {beside.told()}")
    # The load had not been begun when these were applied.
    assert waiting.ages
    assert beside.ages


def _measured(enterprise: Enterprise) -> Seen:
    seen, over = Seen(), threading.Event()
    with ThreadPoolExecutor(TILLS) as crowd:
        tills = [crowd.submit(_sell, enterprise, phone_of(till), seen, over) for till in range(TILLS)]
        over.wait(SECONDS)
        over.set()
        for each in tills:
            each.result()
    return seen


def _sell(enterprise: Enterprise, phone: str, seen: Seen, over: threading.Event) -> None:
    """One sale after the other, each until a lookup shows it."""
    while not over.is_set():
        before, began = _visits(enterprise, phone, seen) or 0, time.monotonic()
        enterprise.publish("purchase.completed", phone, purchase_id=str(uuid.uuid4()), amount_minor=100, **MONEY)
        eventually(partial(_shows, enterprise, phone, before + 1, seen), PATIENCE)
        seen.ages.append(time.monotonic() - began)


def _shows(enterprise: Enterprise, phone: str, visits: int, seen: Seen | None = None) -> bool:
    found = _visits(enterprise, phone, seen)
    return found is not None and found >= visits


def _visits(enterprise: Enterprise, phone: str, seen: Seen | None = None) -> int | None:
    began = time.monotonic()
    answer = enterprise.get(f"/customers/lookup?phone={quote(phone)}")
    if seen:
        seen.lookups.append(time.monotonic() - began)
    customer = answer.json()["data"]["customer"]
    return int(customer["activity"]["visit_count"]) if customer else None


def _command(stack: dict[str, Any], enterprise: Enterprise, folder: Path) -> dict[str, Any]:
    with (folder / "base.jsonl").open("w") as file:
        for number in range(LINES):
            detail = {
                "fact_id": f"import-{number}",
                "enterprise_id": enterprise.id,
                "occurred_at": "2026-06-01T00:00:00Z",
                "customer": {"phone": f"+9743{number:07}"},
                "source": "old-points",
                "spendable_minor": number,
            }
            file.write(json.dumps({"detail-type": "customer.imported", "detail": detail}) + "\n")
        total = LINES * (LINES - 1) // 2
        file.write(f"#totals customers={LINES} spendable_minor={total}\n")
    (folder / "stack.json").write_text(json.dumps(stack))
    return {
        "args": [
            sys.executable,
            "-m",
            "admin",
            "load",
            str(folder / "base.jsonl"),
            "--most-waiting",
            str(LINES + 1000),
        ],
        "cwd": ROOT,
        "env": {
            **os.environ,
            "PYTHONPATH": "layers/common/python",
            "STACK_FILE": str(folder / "stack.json"),
        },
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }


def _sent(folder: Path) -> int:
    progress = folder / "base.jsonl.progress"
    return int(json.loads(progress.read_text())["sent"]) if progress.exists() else 0
