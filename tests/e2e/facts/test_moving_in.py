"""A chain moves in: a checked file in the object store is loaded with control totals, and the command is killed.

`SNAPSHOTS_EVERY=86400 PEOPLE=1000000 WAITING=5000` looks longer: two hours on two cores that do nothing else.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from admin.loads.s3_file import KEPT
from tests.e2e.conftest import Admin, Enterprise, eventually
from tests.support.stack.own_stack import ROOT

PEOPLE, WAITING = int(os.environ.get("PEOPLE", "400")), int(os.environ.get("WAITING", "100"))
KILLS = 3
SAMPLE = 50
"""Customers who are looked up."""
PATIENCE = 300.0 + PEOPLE
"""Seconds. The emulator folds some dozens of facts a second."""
BUCKET = "moving-in"
SPEND = 4_999


def person(number: int) -> tuple[str, str, int, int]:
    """Phone, name, points in minor units and visits."""
    return f"+9743{number:07}", f"Person {number:07}", number * 37 % 100_003, number % 11


def csv(path: Path) -> None:
    """As a points programme exports it, with its totals."""
    totals = [0, 0, 0]
    with path.open("w") as file:
        file.write("Mobile;Full name;Points value;Spent;Visits\r\n")
        for number in range(PEOPLE):
            phone, name, points, visits = person(number)
            national = f"{phone[4:8]} {phone[8:]}"
            file.write(
                f"{national};{name};{points // 100},{points % 100:02};{SPEND // 100},{SPEND % 100:02};{visits}\r\n"
            )
            totals = [total + each for total, each in zip(totals, (points, SPEND, visits), strict=True)]
        sums = f"spendable_minor={totals[0]} lifetime_spend_minor={totals[1]} visit_count={totals[2]}"
        file.write(f"#totals customers={PEOPLE} {sums}\r\n")


def mapping(enterprise: Enterprise) -> dict[str, Any]:
    columns = {"phone": "Mobile", "name": "Full name", "spendable_minor": "Points value"}
    return {
        "enterprise_id": enterprise.id,
        "source": "old-points",
        "occurred_at": "2026-06-01T00:00:00Z",
        "currency": "QAR",
        "home_region": "QA",
        "decimals": 2,
        "decimal": ",",
        "columns": {**columns, "lifetime_spend_minor": "Spent", "visit_count": "Visits"},
    }


@pytest.fixture
def facts(enterprise: Enterprise, tmp_path: Path) -> Path:
    """The file of facts that the check makes."""
    csv(tmp_path / "points.csv")
    rules = tmp_path / "points.json"
    rules.write_text(json.dumps(mapping(enterprise)))
    checked = subprocess.run(
        [sys.executable, "-m", "admin.loads.check", "--mapping", str(rules), str(tmp_path / "points.csv")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "layers/common/python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    return tmp_path / "points.csv.facts.jsonl"


@pytest.fixture
def address(facts: Path, enterprise: Enterprise, aws: Callable[[str], Any]) -> Iterator[str]:
    """The file in the object store of the stack."""
    s3, key = aws("s3"), f"{enterprise.id}/points.jsonl"
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(facts), BUCKET, key)
    yield f"s3://{BUCKET}/{key}"
    s3.delete_object(Bucket=BUCKET, Key=key)
    for left in (ROOT / KEPT).glob(f"{BUCKET}+{enterprise.id}*"):
        left.unlink()


@pytest.mark.slow
@pytest.mark.thorough
def test_a_load_that_is_killed_ends_with_exactly_the_control_totals(
    enterprise: Enterprise, address: str, stack: dict[str, Any], admin: Admin, tmp_path: Path
) -> None:
    command = _command(stack, address, tmp_path)
    progress = ROOT / KEPT / f"{address.removeprefix('s3://').replace('/', '+')}.progress"
    began = time.monotonic()
    for kill in range(1, KILLS + 1):
        load = subprocess.Popen(**command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        eventually(partial(_has_sent, progress, PEOPLE * kill // (KILLS + 1)), PATIENCE)
        load.kill()
        load.wait()
    ended = subprocess.run(
        **command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 0, ended.stdout
    assert "The books rose by exactly the control totals, live traffic apart: customers" in ended.stdout
    seconds = time.monotonic() - began
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{PEOPLE:,} customers in {seconds:,.0f} s, {PEOPLE / seconds:,.0f} a second; {memory} MB at most")

    for number in random.sample(range(PEOPLE), min(SAMPLE, PEOPLE)):
        phone, name, points, visits = person(number)
        found = enterprise.get(f"/customers/lookup?phone={quote(phone)}").json()["data"]["customer"]
        assert (found["name"], found["balance"]["spendable_minor"]) == (name, points)
        activity = found["activity"]
        assert (activity["visit_count"], activity["lifetime_spend_minor"]) == (visits, SPEND)
    began = time.monotonic()
    eventually(lambda: _counted(enterprise) == PEOPLE, PATIENCE)
    print(f"Counted in {time.monotonic() - began:,.0f} s more")
    began = time.monotonic()
    code, text = eventually(lambda: _clean(admin, enterprise), PATIENCE)
    assert code == 0, text
    print(f"Audited in {time.monotonic() - began:,.0f} s")


@pytest.mark.slow
@pytest.mark.thorough
def test_a_load_in_parts_is_gone_on_with_by_part(
    enterprise: Enterprise, address: str, stack: dict[str, Any], aws: Callable[[str], Any], tmp_path: Path
) -> None:
    command = _command(stack, address, tmp_path)
    command["args"] += ["--in-parts", "--part-lines", str(max(PEOPLE // 10, 10))]
    s3, prefix = aws("s3"), {"Bucket": stack["loads_bucket"], "Prefix": "parts/"}
    load = subprocess.Popen(**command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    eventually(lambda: s3.list_objects_v2(**prefix)["KeyCount"] >= 2, PATIENCE)
    load.kill()
    load.wait()
    ended = subprocess.run(
        **command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 0, ended.stdout
    assert "The books rose by exactly the control totals" in ended.stdout
    assert s3.list_objects_v2(**prefix)["KeyCount"] == 0
    states: Any = aws("stepfunctions")
    (run, *_) = states.list_executions(stateMachineArn=stack["load_workflow"])["executions"]
    history = json.dumps(states.get_execution_history(executionArn=run["executionArn"]), default=str)
    assert not [planted for planted in ("Person", "+9743") if planted in history]


def _has_sent(progress: Path, lines: int) -> bool:
    """Whether so many lines are known to be in the queue."""
    return progress.exists() and int(json.loads(progress.read_text())["line"]) >= lines


def _command(stack: dict[str, Any], address: str, folder: Path) -> dict[str, Any]:
    file = folder / "stack.json"
    file.write_text(json.dumps(stack))
    return {
        "args": [sys.executable, "-m", "admin", "load", address, "--most-waiting", str(WAITING)],
        "cwd": ROOT,
        "env": {**os.environ, "PYTHONPATH": "layers/common/python", "STACK_FILE": str(file)},
    }


def _counted(enterprise: Enterprise) -> int:
    """The customers in the figures, which an audit compares: it would find others still coming."""
    answer = enterprise.get("/customers/stats", enterprise.admin("customer:STATS"))
    return sum(answer.json()["data"]["customers"].values())


def _clean(admin: Admin, enterprise: Enterprise) -> tuple[int, str] | None:
    """Once what is derived has caught up."""
    code, text = admin("audit", "--enterprise", enterprise.id)
    return (code, text) if code == 0 else None
