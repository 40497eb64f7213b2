"""An existing base is brought in by the command itself, interrupted in the middle and gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from admin.facts.loading import WINDOW
from tests.e2e.conftest import Enterprise, eventually
from tests.support.stack.own_stack import ROOT

CUSTOMERS = 60
FACTS_EACH = 10
MOST_WAITING = WINDOW + 400
"""One window fits into the queue, and a second one does not before something of the first is folded."""
TAKES_AT_MOST = 240


def test_a_load_that_is_interrupted_and_run_again_gives_every_customer_the_exact_balance(
    stack: dict[str, Any], enterprise: Enterprise, aws: Callable[[str], Any], tmp_path: Path
) -> None:
    base = tmp_path / "base.jsonl"
    expected = _write(base, enterprise.id)
    command = _command(stack, tmp_path, base)

    with no_fold(stack, aws):
        first = subprocess.Popen(**command)
        eventually(lambda: _lines_done(base) == WINDOW)
        first.send_signal(signal.SIGINT)
        said, _ = first.communicate(timeout=TAKES_AT_MOST)
    assert (first.returncode, _lines_done(base)) == (130, WINDOW), said
    assert f"Stopped before line {WINDOW + 1}; run the same command again to continue" in said

    second = subprocess.run(**command, timeout=TAKES_AT_MOST, check=False)
    assert second.returncode == 0, second.stdout
    assert f"at line {WINDOW + 1}" in second.stdout
    assert _balances(enterprise, expected) == expected

    command["args"].append("--again")
    once_more = subprocess.run(**command, timeout=TAKES_AT_MOST, check=False)
    assert once_more.returncode == 0, once_more.stdout
    assert _balances(enterprise, expected) == expected


@pytest.mark.thorough
def test_a_load_that_nobody_consumes_says_what_stands_still_and_goes_on_afterwards(
    stack: dict[str, Any], enterprise: Enterprise, aws: Callable[[str], Any], tmp_path: Path
) -> None:
    base = tmp_path / "base.jsonl"
    _write(base, enterprise.id)
    command = _command(stack, tmp_path, base)
    command["args"] += ["--stalled-after", "1"]

    with no_fold(stack, aws):
        load = subprocess.Popen(**command)
        told = "".join(_lines_until(load, "Where to look"))
    assert "Nothing has moved for 1 s: the queue customers-local-" in told
    assert "FoldBulkFacts" in told
    assert "which is Disabled: enable it" in told
    assert "make refused lists them" in told
    assert "make logs" in told
    rest, _ = load.communicate(timeout=TAKES_AT_MOST)
    assert load.returncode == 0, rest
    assert "Folded." in rest


def _lines_until(process: subprocess.Popen[str], last: str) -> list[str]:
    """What it prints up to the line that holds this. Ends with the process."""
    lines: list[str] = []
    while line := process.stdout.readline() if process.stdout else "":
        lines.append(line)
        if last in line:
            break
    return lines


def _write(path: Path, enterprise: str) -> dict[str, int]:
    """A file of facts, and the balance in which they end, by phone."""
    expected: dict[str, int] = {}
    with path.open("w") as file:
        for customer in range(CUSTOMERS):
            phone = f"+97433{customer:06}"
            for number in range(FACTS_EACH):
                amount = 1000 + customer * FACTS_EACH + number
                spends = number % 4 == 3
                expected[phone] = expected.get(phone, 0) + (-amount if spends else amount)
                detail = {
                    "fact_id": f"base-{customer}-{number}",
                    "enterprise_id": enterprise,
                    "occurred_at": f"2026-01-01T10:00:{number:02}Z",
                    "customer": {"phone": phone},
                    "amount_minor": amount,
                    "currency": "QAR",
                }
                kind = "balance.spent" if spends else "balance.topped_up"
                file.write(json.dumps({"detail-type": kind, "detail": detail}) + "\n")
    return expected


def _command(stack: Mapping[str, Any], folder: Path, base: Path) -> dict[str, Any]:
    """The command on this stack, as `subprocess` takes it."""
    stack_file = folder / "stack.json"
    stack_file.write_text(json.dumps(stack))
    return {
        "args": [sys.executable, "-m", "admin", "load", str(base), "--most-waiting", str(MOST_WAITING)],
        "cwd": ROOT,
        "env": {**os.environ, "PYTHONPATH": "layers/common/python", "STACK_FILE": str(stack_file)},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
    }


@contextmanager
def no_fold(stack: Mapping[str, Any], aws: Callable[[str], Any], role: str = "bulk_facts") -> Iterator[None]:
    """Keep the fold from taking anything of a queue, so that what is in it is known to the message."""
    sqs, functions, queue = aws("sqs"), aws("lambda"), stack["queues"][role]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    (mapping,) = functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def _lines_done(base: Path) -> int:
    progress = base.with_name(f"{base.name}.progress")
    return int(json.loads(progress.read_text())["line"]) if progress.exists() else 0


def _balances(enterprise: Enterprise, phones: Mapping[str, int]) -> dict[str, int]:
    found = {}
    for phone in phones:
        data = enterprise.get(f"/customers/lookup?phone=%2B{phone[1:]}").json()["data"]
        found[phone] = data["customer"]["balance"]["spendable_minor"]
    return found
