"""A reader of the feed beside writers: it is killed again and again, and has everything, once by id.

`SECONDS=600 KILLS=20` looks longer.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Enterprise, eventually
from tests.support.stack.own_stack import ROOT

SECONDS, KILLS = float(os.environ.get("SECONDS", "15")), int(os.environ.get("KILLS", "5"))
WRITERS = 6
PATIENCE = 180.0 + SECONDS


def phone_of(writer: int) -> str:
    return f"+9745500{writer:04}"


class Reader:
    """The consumer, in a process of its own."""

    def __init__(self, enterprise: Enterprise, folder: Path) -> None:
        self._enterprise, self.folder = enterprise, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        token = self._enterprise.admin("events:READ")
        arguments = [self._enterprise.stack["api"], token, str(self.folder)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.stack.feed_reader", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"layers/common/python{os.pathsep}."},
        )

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def events(self) -> Iterator[dict[str, Any]]:
        """What it has written down, in its order. A torn line is one that it had not kept."""
        file = self.folder / "events.jsonl"
        for line in file.read_text().splitlines() if file.exists() else ():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event

    def ids(self) -> set[str]:
        return {each["detail"]["event_id"] for each in self.events()}


@pytest.mark.slow
def test_a_reader_that_is_killed_again_and_again_misses_nothing(enterprise: Enterprise, tmp_path: Path) -> None:
    for writer in range(WRITERS):
        enterprise.publish("customer.registered", phone_of(writer), name="Layla Hassan")
    enterprise.wait_until_applied()
    reader, over = Reader(enterprise, tmp_path), threading.Event()
    with ThreadPoolExecutor(WRITERS) as crowd:
        writing = [crowd.submit(_write, enterprise, phone_of(writer), over) for writer in range(WRITERS)]
        try:
            for seconds in _lives():
                reader.start()
                time.sleep(seconds)  # it is killed wherever it is by then
                reader.kill()
        finally:
            over.set()
        by_writer = [one.result() for one in writing]
        written = [each for one in by_writer for each in one]
    assert len(set(written)) == len(written)
    counts = sorted(len(one) for one in by_writer)
    assert counts[0] * 2 > counts[-1], counts  # six writers all the time, not one and five who wait
    reader.start()
    try:
        eventually(lambda: reader.ids() >= set(written), PATIENCE)
    finally:
        reader.kill()
    events = [each for each in reader.events() if each["type"] == "customer.event_recorded"]
    ids = [each["detail"]["event_id"] for each in events]
    assert set(ids) == set(written)
    assert set(_in_order_of_writing(events)) == {True}
    again = len(ids) - len(set(ids))
    each = f"{counts[0]:,} to {counts[-1]:,} each"
    print(f"{len(written):,} events of {WRITERS} writers, {each}, {KILLS} kills; {again} came again by id")


def _lives() -> list[float]:
    """How long the reader lives each time, all together `SECONDS`."""
    shares = [random.uniform(0.5, 1) for _ in range(KILLS)]
    return [SECONDS * each / sum(shares) for each in shares]


def _write(enterprise: Enterprise, phone: str, over: threading.Event) -> list[str]:
    """The ids of the events that were recorded, one after the other."""
    recorded = []
    while not over.is_set():
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
        body = {"event_type": "check_in"}
        answer = enterprise.send("POST", f"/customers/{quote(phone)}/events", None, headers, json=body)
        # The emulator has no more processes than it can start: a till tries again, with the key.
        while answer.status_code in (409, 429, 503):
            answer = enterprise.send("POST", f"/customers/{quote(phone)}/events", None, headers, json=body)
        assert answer.status_code == 201, answer.text
        recorded.append(answer.json()["data"]["event"]["event_id"])
    return recorded


def _in_order_of_writing(events: list[dict[str, Any]]) -> Iterator[bool]:
    """Of each customer, whether the first mentions rise by the instant of recording."""
    latest, seen = dict[str, str](), set[str]()
    for each in events:
        detail = each["detail"]
        if detail["event_id"] in seen:
            continue
        seen.add(detail["event_id"])
        customer, at = detail["customer_id"], detail["recorded_at"]
        yield at >= latest.get(customer, "")
        latest[customer] = at
