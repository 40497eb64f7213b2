"""Both clients meet the sandbox's numbers, from one table."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from customers_till import (
    ApiError,
    DeadlineExceeded,
    IdempotencyInProgress,
    RateLimited,
    Superseded,
    TillClient,
    UpstreamUnavailable,
)
from tests.e2e.conftest import Enterprise
from tests.support.tables import ROOT

SANDBOX: dict[str, Any] = json.loads((ROOT / "sdk/sandbox.json").read_text())
NUMBERS = {each["phone"]: each for each in SANDBOX["numbers"]}
ERRORS: dict[str, type[ApiError]] = {"RATE_LIMITED": RateLimited, "UPSTREAM_UNAVAILABLE": UpstreamUnavailable}
PLAIN, LATE, SLOW, BUSY = "+97410000001", "+97410000600", "+97410002000", "+97410000409"
RECOVERS = next(phone for phone, each in NUMBERS.items() if each["recovers"])
PATIENT = 20.0
"""Seconds: a laptop's first request starts a process. Deadlines have tests of their own."""


@pytest.fixture(scope="module")
def till(shop: Enterprise) -> Iterator[TillClient]:
    with TillClient(shop.stack["api"], shop.token) as client:
        yield client


@pytest.mark.parametrize("phone", [phone for phone in NUMBERS if phone != RECOVERS])
def test_each_number_is_what_its_line_says(till: TillClient, phone: str) -> None:
    status = NUMBERS[phone]["status"]
    if status in ERRORS:
        with pytest.raises(ERRORS[status]) as raised:
            till.lookup(phone, deadline=1.0)
        assert raised.value.retry_after == 1
        assert raised.value.request_id
    else:
        answer = till.lookup(phone, deadline=PATIENT)
        assert answer.data["status"] == status
        assert (answer.data["customer"] is None) == (status == "not_found")


def test_a_slow_answer_is_past_the_deadline(till: TillClient) -> None:
    with pytest.raises(DeadlineExceeded):
        till.lookup(SLOW)


def test_an_answer_that_comes_after_another_is_not_shown(till: TillClient) -> None:
    shown: list[str] = []
    ended: list[str] = []

    def late() -> None:
        try:
            till.lookup(LATE, deadline=PATIENT, deliver=lambda answer: shown.append("late"))
        except Superseded:
            ended.append("superseded")

    thread = threading.Thread(target=late)
    thread.start()
    time.sleep(0.1)  # the cashier types another number
    till.lookup(PLAIN, deadline=PATIENT, deliver=lambda answer: shown.append("plain"))
    thread.join()
    assert (shown, ended) == (["plain"], ["superseded"])


def test_a_taken_key_is_waited_for_and_then_told(till: TillClient) -> None:
    assert NUMBERS[BUSY]["on_writes"] == "IDEMPOTENCY_IN_PROGRESS"
    with pytest.raises(IdempotencyInProgress):
        till.record_event(BUSY, {"event_type": "check_in"}, key="a-key", deadline=2.5)


def test_what_recovers_passes_under_the_same_key(till: TillClient) -> None:
    assert till.record_event(RECOVERS, {"event_type": "check_in"}).status == 201


def test_the_fourth_state_is_a_session(till: TillClient) -> None:
    session = till.read_session(SANDBOX["session"]).data
    assert session["status"] == "identified_in_session"
    assert session["context"]
    assert till.identify_session("ses_1", PLAIN).data["identified_at"]


def test_the_client_in_typescript_meets_the_same(shop: Enterprise) -> None:
    """`node --test` over the same table."""
    test = ROOT / "sdk/typescript/test/sandbox.js"
    environment = {**os.environ, "API": shop.stack["api"], "TOKEN": shop.token()}
    ended = subprocess.run(
        ["node", "--test", str(test)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "# pass 6" in ended.stdout
