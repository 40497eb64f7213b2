"""Tills behind a network that delays, drops, duplicates and reorders: no wrong person, no event lost, none twice.

`LOOKUPS=10000 make test ARGS=tests/e2e/tills` and `EVENTS=2000 KILLS=50 make test-thorough ARGS=tests/e2e/tills` run
them at full length.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from customers_till import CustomersError, TillClient
from tests.e2e.conftest import Enterprise, Tables
from tests.support.tables import ROOT
from tests.support.tills.network import BadNetwork

LOOKUPS, EVENTS, KILLS = (
    int(os.environ.get(name, few)) for name, few in [("LOOKUPS", 120), ("EVENTS", 40), ("KILLS", 4)]
)
TILLS = int(os.environ.get("TILLS", "2"))
PEOPLE = {f"+9743300{number:04d}": f"Person {number}" for number in range(1, 6)}
TILL = ROOT / "tests/support/tills/till.py"


@pytest.fixture(scope="module")
def cafe(stack: dict[str, Any]) -> Enterprise:
    return opened(stack)


def opened(stack: dict[str, Any]) -> Enterprise:
    """An enterprise that knows five people."""
    cafe = Enterprise(stack).open()
    for phone, name in PEOPLE.items():
        cafe.publish("customer.registered", phone, name=name)
    cafe.wait_until_applied()
    return cafe


@pytest.fixture
def network(cafe: Enterprise) -> Iterator[BadNetwork]:
    network = BadNetwork(cafe.stack["api"])
    yield network
    network.close()


class Cashier:
    """Types numbers faster than answers come, and notes what the panel shows."""

    def __init__(self, client: TillClient, seed: int) -> None:
        self.client, self.random = client, random.Random(seed)
        self.shown: list[tuple[int, str, Any]] = []
        self.ended: Counter[str] = Counter()

    def work(self, lookups: int) -> None:
        begun = []
        for number in range(lookups):
            phone = self.random.choice([*PEOPLE, "+97477000000"])
            begun.append(threading.Thread(target=self.look, args=(number, phone)))
            begun[-1].start()
            # Half of the time the cashier waits for the answer.
            begun[-1].join(self.random.choice([0, 0.05, 0.2, 2, 2, 2]))
        for thread in begun:
            thread.join()

    def look(self, number: int, phone: str) -> None:
        try:
            self.client.lookup(
                phone, deliver=lambda answer: self.shown.append((number, phone, answer.data["customer"]))
            )
            self.ended["shown"] += 1
        except CustomersError as error:
            self.ended[type(error).__name__] += 1


def test_no_cashier_sees_a_wrong_person(cafe: Enterprise, network: BadNetwork) -> None:
    cashiers = [Cashier(TillClient(network.url, cafe.token), seed) for seed in range(TILLS)]
    threads = [threading.Thread(target=each.work, args=(LOOKUPS // TILLS,)) for each in cashiers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in cashiers:
        each.client.close()
    wrong = [
        (phone, customer)
        for each in cashiers
        for _, phone, customer in each.shown
        if (customer["name"] if customer else None) != PEOPLE.get(phone)
    ]
    assert wrong == []
    ended = sum((each.ended for each in cashiers), Counter[str]())
    print(dict(ended), dict(network.met))
    assert sum(ended.values()) == LOOKUPS // TILLS * TILLS
    assert ended["shown"] == sum(len(each.shown) for each in cashiers)
    assert ended["Superseded"]
    assert ended["shown"] > LOOKUPS / 10


class KilledTill:
    """Processes on one journal, one after the other, each killed but the last. Which events they told of."""

    def __init__(self, url: str, token: str, journal: Path, phone: str) -> None:
        self._arguments = [url, token, str(journal), phone]
        self.about: set[int] = set()
        self.recorded: set[int] = set()
        self.next = 0
        self.killed = 0
        self._random = random.Random(3)

    def live(self, count: int, kill_after: int | None) -> None:
        """Records so many events. It is killed some moment after so many lines, if it is killed."""
        command = [sys.executable, str(TILL), *self._arguments, str(self.next), str(count)]
        path = os.pathsep.join([str(ROOT / "sdk/python/src"), str(ROOT)])
        lines: list[str] = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path}) as process:
            assert process.stdout
            for line in process.stdout:
                lines.append(line.strip())
                if len(lines) == kill_after:
                    threading.Timer(self._random.random() / 5, process.kill).start()
        self.killed += process.returncode == -signal.SIGKILL
        for word, number in (line.split() for line in lines if line.startswith(("about", "recorded"))):
            (self.about if word == "about" else self.recorded).add(int(number))
        self.next = max(self.about, default=-1) + 1
        if kill_after is None:
            assert lines[-2:] == ["held 0", "sent"], lines[-3:]


@pytest.mark.thorough
def test_a_till_that_is_killed_again_and_again_loses_no_event_and_sends_none_twice(
    cafe: Enterprise, network: BadNetwork, tables: Tables, tmp_path: Path
) -> None:
    phone = next(iter(PEOPLE))
    till = KilledTill(network.url, cafe.token(), tmp_path / "journal", phone)
    lives = KILLS
    while till.killed < KILLS:
        share = max(2, (EVENTS - till.next) // (KILLS - till.killed + 1))
        till.live(share, kill_after=1 + lives % (2 * share))
        lives += 7
    till.live(max(1, EVENTS - till.next), kill_after=None)
    stored = [
        int(json.loads(row["detail"]["S"])["attributes"]["number"])
        for row in tables.rows("records", cafe.id)
        if row["sk"]["S"].startswith("ledger#") and row["type"]["S"].startswith("event.")
    ]
    print(till.killed, len(stored), len(till.recorded), sorted(till.about - till.recorded), dict(network.met))
    assert [number for number, count in Counter(stored).items() if count > 1] == []
    assert till.recorded - set(stored) == set()
    assert set(stored) <= till.about
    assert len(till.recorded) > EVENTS / 2
