"""What was refused can be read and mended by one person, and stays where it is."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta

import pytest

from admin.facts import refused
from tests.admin.conftest import Office, fact

REASON = "currency: must be the enterprise's currency, QAR"


def listed(office: Office, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that the command prints."""
    assert refused.run(office.stack, argparse.Namespace(enterprise=None)) == 0
    return capsys.readouterr().out.splitlines()


def test_empty_lists_are_said_to_be_empty(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(office, capsys) == ["There are no refused facts"]


def test_each_message_is_a_row_with_its_type_and_reason(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = office.refuse(fact(1), reason=REASON)
    garbled = office.refuse("not json", reason="body: Invalid JSON")
    lines = listed(office, capsys)
    assert lines[0].split() == ["id", "type", "age", "reason"]
    rows = {row[:36]: row[38:].split(maxsplit=3) for row in lines[1:3]}
    assert rows[wrong][0] == "balance.topped_up"
    assert rows[wrong][3] == REASON
    assert (rows[garbled][0], rows[garbled][3]) == ("?", "body: Invalid JSON")
    assert "Listed: 2." in lines[4]


def test_no_row_holds_anything_of_a_body(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.refuse(fact(1, name="Layla Hassan"), reason=REASON)
    text = "\n".join(listed(office, capsys))
    assert not [planted for planted in ("Layla", "97433001122") if planted in text]


def test_the_body_is_laid_down_readably_for_its_owner_alone(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    body = fact(1, name="ليلى", odd="@@").replace("@@", r"\ud800")
    message = office.refuse(body, reason=REASON)
    text = office.refuse("not json at all", reason="body: Invalid JSON")
    listed(office, capsys)
    file = office.stack.refused / f"{message}.json"
    assert json.loads(file.read_text()) == json.loads(body)
    assert '    "name": "ليلى"' in file.read_text()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (office.stack.refused / f"{text}.json").read_text() == "not json at all"


def test_what_somebody_has_edited_is_not_overwritten(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    message = office.refuse(fact(1), reason=REASON)
    listed(office, capsys)
    file = office.stack.refused / f"{message}.json"
    file.write_text("edited")
    listed(office, capsys)
    assert file.read_text() == "edited"


def test_they_stay_in_the_lists(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(25):
        office.refuse(fact(number), reason=REASON)
    assert "Listed: 25." in listed(office, capsys)[27]
    assert office.refused() == [fact(number) for number in range(25)]


def test_messages_that_are_not_in_a_list_yet_are_spoken_of(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.sqs.send_message(QueueUrl=office.stack.queues["dead_facts"], MessageBody="{}")
    assert listed(office, capsys)[1:] == ["About 1 more are on their way into the lists: run the same command again"]


def test_a_senders_own_type_moves_no_cursor(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.refuse(json.dumps({"detail-type": "\x1b[2J" + "x" * 500, "detail": {}}), reason="detail-type: is not one of")
    office.refuse(json.dumps({"detail-type": {"a": 1}}), reason="detail-type: must be text")
    rows = listed(office, capsys)[1:3]
    assert all(row.isprintable() and len(row) < 120 for row in rows)


@pytest.mark.parametrize(
    ("since", "told"),
    [
        (timedelta(seconds=-2), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=119), "1 h"),
        (timedelta(days=13, hours=23), "13 d"),
    ],
)
def test_an_age_is_told_in_one_unit(since: timedelta, told: str) -> None:
    assert refused.age(since) == told
