"""The client in TypeScript behind a bad network: lookups in Node.js, and a journal in a Chromium that is killed.

LOOKUPS=10000 EVENTS=2000 KILLS=50 make test-web ARGS="-k tills" runs it at full length.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Enterprise, Tables
from tests.e2e.tills.test_bad_network import EVENTS, KILLS, LOOKUPS, PEOPLE, TILLS, opened
from tests.support.programs import ends_with_the_block
from tests.support.tables import ROOT
from tests.support.tills.network import BadNetwork

PAGES = {"src": ROOT / "sdk/typescript/src", "page": ROOT / "tests/support/tills/page"}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), "chromium")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run")
PATIENCE = 60.0
"""Seconds without a line and without a request."""


@pytest.fixture(scope="module")
def cafe(stack: dict[str, Any]) -> Enterprise:
    """An enterprise of this file's own."""
    return opened(stack)


@pytest.fixture
def network(cafe: Enterprise) -> Iterator[BadNetwork]:
    network = BadNetwork(cafe.stack["api"], pages=PAGES)
    yield network
    network.close()


@pytest.mark.thorough
def test_no_cashier_sees_a_wrong_person_in_typescript_either(cafe: Enterprise, network: BadNetwork) -> None:
    script = ROOT / "sdk/typescript/test/cashiers.js"
    wanted = {"LOOKUPS": str(LOOKUPS), "TILLS": str(TILLS), "PEOPLE": json.dumps(PEOPLE)}
    environment = {**os.environ, **wanted, "API": network.url, "TOKEN": cafe.token()}
    ended = subprocess.run(["node", str(script)], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    print(told, dict(network.met))
    assert told["wrong"] == []
    assert sum(told["ended"].values()) == LOOKUPS // TILLS * TILLS
    assert told["ended"]["shown"] == told["delivered"] > LOOKUPS / 10
    assert told["ended"]["Superseded"]


class Browser:
    """A till in a Chromium of its own. It is killed some moment after so many of its lines, if it is killed."""

    def __init__(self, network: BadNetwork, profile: Path) -> None:
        self._network, self._profile = network, profile
        self._random = random.Random(3)
        self.killed = 0
        self.failed: list[str] = []
        """What went wrong in pages. One that outlives its killed browser for a moment loses its lock: no failure."""

    def live(self, first: int, count: int, kill_after: int | None) -> None:
        self._network.plan |= {"first": first, "count": count}
        before = len(self._network.told)
        site = self._network.url.removesuffix(self._network.path)
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={self._profile}", f"{site}/page/till.html"]
        with ends_with_the_block(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            seen, since = 0, time.monotonic()
            while True:
                told = self._network.told[before:]
                done = len(told) + self._network.met.total()
                if done > seen:
                    seen, since = done, time.monotonic()
                assert time.monotonic() < since + PATIENCE, told[-3:]
                assert process.poll() is None, told[-3:]
                if told and told[-1] == "sent":
                    break
                if kill_after is not None and len(told) >= kill_after:
                    time.sleep(self._random.random() / 5)
                    self.killed += 1
                    break
                time.sleep(0.005)
        self.failed += [line for line in told if line.startswith("failed")]


@pytest.mark.web
def test_a_browser_that_is_killed_again_and_again_loses_no_event_and_sends_none_twice(
    cafe: Enterprise, network: BadNetwork, tables: Tables, tmp_path: Path
) -> None:
    network.plan = {"token": cafe.token(), "phone": [*PEOPLE][1], "path": network.path}
    browser = Browser(network, tmp_path / "profile")

    def numbers(word: str) -> set[int]:
        return {int(line.split()[1]) for line in network.told if line.startswith(word)}

    following = 0
    lives = KILLS
    while browser.killed < KILLS:
        share = max(2, (EVENTS - following) // (KILLS - browser.killed + 1))
        browser.live(following, share, kill_after=1 + lives % (2 * share))
        lives += 7
        following = max(numbers("about"), default=-1) + 1
    browser.live(following, max(1, EVENTS - following), kill_after=None)
    stored = [
        int(json.loads(row["detail"]["S"])["attributes"]["number"])
        for row in tables.rows("records", cafe.id)
        if row["sk"]["S"].startswith("ledger#") and row["type"]["S"].startswith("event.")
    ]
    print(browser.killed, len(stored), len(numbers("recorded")), dict(network.met))
    assert network.told[-2:] == ["held 0", "sent"]
    assert browser.failed == []
    assert [number for number, count in Counter(stored).items() if count > 1] == []
    assert numbers("recorded") - set(stored) == set()
    assert set(stored) <= numbers("about")
