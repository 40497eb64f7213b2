"""A load that waits for a fold which takes nothing says so, and says where to look."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from admin.facts import standstill
from admin.facts.standstill import AFTER, Standstill
from admin.stack import pace
from admin.stack.pace import Pace
from tests.admin.conftest import Office


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (standstill, pace):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_half_a_minute_without_progress_names_the_queue_and_the_dead_letters_once(
    office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    office.sqs.send_message(QueueUrl=office.stack.queues["bulk_facts"], MessageBody="{}")
    still = Standstill(office.sqs, office.stack)
    assert AFTER == 30
    for clock.now in (0, 10, 29.9):
        still.see(1)
    assert capsys.readouterr().out == ""
    for clock.now in (30, 31, 90):
        still.see(1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    queue = office.stack.queues["bulk_facts"].rpartition("/")[2]
    assert lines[0].startswith(
        f"Nothing has moved for 30 s: the queue {queue} has 1 facts, and a function is working on 0"
    )
    assert "No function reads it" in lines[1]
    assert "make refused lists them" in lines[2]
    assert "docs/runbook.md" in lines[3]


def test_what_moves_is_not_told_of_however_slow_it_is(
    office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    still = Standstill(office.sqs, office.stack)
    for left in range(10, 0, -1):
        clock.now += 29
        still.see(left)
    clock.now += 29
    # More was sent: the queue is longer, and this is no standstill.
    still.moved()
    clock.now += 29
    still.see(500)
    assert capsys.readouterr().out == ""


def test_a_second_standstill_is_told_of_too(office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    still = Standstill(office.sqs, office.stack)
    for clock.now, left in ((0, 9), (30, 9), (40, 8), (69, 8), (70, 8)):
        still.see(left)
    assert capsys.readouterr().out.count("Nothing has moved") == 2


def test_without_access_to_the_function_the_queue_is_still_reported(
    office: Office, clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = SimpleNamespace(list_event_source_mappings=_refuse)
    monkeypatch.setattr(type(office.stack), "client", lambda *_: refused)
    still = Standstill(office.sqs, office.stack)
    for clock.now in (0, 30):
        still.see(1)
    assert "The function that reads it cannot be found: " in capsys.readouterr().out


def _refuse(**_: object) -> None:
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListEventSourceMappings")


def test_a_log_has_the_rate_and_the_time_left_now_and_then(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Pace("sending", "B", 1000) as shown:
        for clock.now, done in ((1, 100), (9, 200), (10, 250), (19, 900), (20, 1000)):
            shown.at(done, 1000, "5 facts/s")
    assert capsys.readouterr().out.splitlines() == [
        "  sending: 25%, about 30 s left; 5 facts/s",
        "  sending: 100%, about 0 s left; 5 facts/s",
    ]


def test_what_does_not_move_has_no_time_left(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Pace("folding", " facts", 50) as shown:
        clock.now = 10
        shown.at(0, 50)
    assert capsys.readouterr().out == "  folding: 0%, time left unknown\n"
