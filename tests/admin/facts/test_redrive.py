"""What was refused goes back once it is mended, and never gets lost on the way."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from admin.facts import redrive, refused
from admin.stack.queues import send
from admin.stack.refusal import Refusal
from tests.admin.conftest import Office, fact

BROKEN = fact(1, amount_minor="1")
REASON = "amount_minor: Input should be a valid integer"


def redriven(office: Office, message: str | None = None, enterprise: str | None = None) -> int:
    return redrive.run(office.stack, argparse.Namespace(id=message, enterprise=enterprise))


def laid_down(office: Office, message: str) -> Path:
    """The message's file, as `refused` writes it."""
    refused.run(office.stack, argparse.Namespace(enterprise=None))
    return office.stack.refused / f"{message}.json"


def test_what_is_well_formed_goes_back_as_it_is(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(25):
        office.refuse(fact(number), reason="grant_id: no such grant")
    assert redriven(office) == 0
    assert "Sent back to the fact queue: 25 of 25" in capsys.readouterr().out
    assert sorted(office.facts()) == sorted(fact(number) for number in range(25))
    assert office.refused() == []


def test_an_edited_file_goes_back_in_the_place_of_the_body(office: Office) -> None:
    message = office.refuse(BROKEN, reason=REASON)
    file = laid_down(office, message)
    file.write_text(file.read_text().replace('"amount_minor": "1"', '"amount_minor": 1'))
    assert redriven(office) == 0
    assert [json.loads(body) for body in office.facts()] == [json.loads(fact(1))]
    assert office.refused() == []
    assert not file.exists()


def test_a_file_that_nobody_edited_leaves_the_body_as_it_is(office: Office) -> None:
    message = office.refuse(fact(1, name="ليلى"), reason="customer: no such customer")
    laid_down(office, message)
    assert redriven(office) == 0
    assert office.facts() == [fact(1, name="ليلى")]
    assert list(office.stack.refused.iterdir()) == []


def test_what_still_is_malformed_stays_and_holds_no_other_back(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    message = office.refuse(BROKEN, reason=REASON)
    office.refuse(fact(2), reason="grant_id: no such grant")
    file = laid_down(office, message)
    assert redriven(office) == 1
    told = capsys.readouterr().out
    assert f"{message} stays: amount_minor: Input should be a valid integer" in told
    assert "Sent back to the fact queue: 1 of 2" in told
    assert office.facts() == [fact(2)]
    assert office.refused() == [BROKEN]
    assert file.exists()


@pytest.mark.parametrize(("raw", "why"), [(b"\xff", "its file is not UTF-8"), (b"", "body: ")])
def test_a_file_that_is_no_fact_stays(office: Office, capsys: pytest.CaptureFixture[str], raw: bytes, why: str) -> None:
    message = office.refuse(fact(1), reason=REASON)
    laid_down(office, message).write_bytes(raw)
    assert redriven(office) == 1
    assert f"{message} stays: {why}" in capsys.readouterr().out
    assert (office.facts(), office.refused()) == ([], [fact(1)])


def test_an_event_that_nobody_has_judged_goes_back_as_it_is(office: Office) -> None:
    office.refuse('{"detail-type": "customer.unheard_of"}', unread=True)
    assert redriven(office) == 0
    assert office.facts() == ['{"detail-type": "customer.unheard_of"}']
    assert office.refused() == []


def test_one_message_alone_goes_back(office: Office) -> None:
    messages = [office.refuse(fact(number), reason="grant_id: no such grant") for number in range(25)]
    assert redriven(office, messages[20]) == 0
    assert office.facts() == [fact(20)]
    assert sorted(office.refused()) == sorted(fact(number) for number in range(25) if number != 20)


def test_a_message_that_is_not_there_is_said_not_to_be(office: Office) -> None:
    office.refuse(fact(1), reason="grant_id: no such grant")
    with pytest.raises(Refusal, match=r"do not have \.\./etc"):
        redriven(office, "../etc")
    assert office.refused() == [fact(1)]


def test_what_is_refused_again_is_not_met_a_second_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold that refuses at once must not have the command run for ever."""
    for number in range(12):
        office.refuse(fact(number), reason="currency: must be the enterprise's currency, QAR")
    sent: list[str] = []

    def refuses_at_once(sqs: Any, queue: str, bodies: list[str]) -> None:
        send(sqs, queue, bodies)
        for body in office.facts():
            sent.append(body)
            office.refuse(body, reason="currency: must be the enterprise's currency, QAR")

    monkeypatch.setattr(redrive, "send", refuses_at_once)
    assert redriven(office) == 0
    assert len(sent) == 12
    assert sorted(office.refused()) == sorted(sent)


def test_a_crash_between_sending_and_deleting_loses_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    message = office.refuse(fact(1), reason="grant_id: no such grant")
    file = laid_down(office, message)

    def crash(sqs: Any, queue: str, bodies: list[str]) -> None:
        send(sqs, queue, bodies)
        raise MemoryError

    monkeypatch.setattr(redrive, "send", crash)
    with pytest.raises(MemoryError):
        redriven(office)
    assert office.facts() == [fact(1)]
    assert office.refused() == [fact(1)]
    assert file.exists()


def test_a_queue_that_takes_nothing_leaves_everything_where_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.refuse(fact(1), reason="grant_id: no such grant")

    def refuse(*_: Any) -> None:
        raise Refusal("The queue did not accept 1 of 1 messages")

    monkeypatch.setattr(redrive, "send", refuse)
    with pytest.raises(Refusal):
        redriven(office)
    assert (office.facts(), office.refused()) == ([], [fact(1)])


def test_empty_lists_give_nothing_back(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert redriven(office) == 0
    assert "Sent back to the fact queue: 0 of 0" in capsys.readouterr().out


def test_the_facts_of_one_enterprise_go_back_alone(office: Office) -> None:
    office.refuse(fact(1))
    office.refuse("not json", reason="body: Invalid JSON", unread=True)
    assert redriven(office, enterprise="acme") == 0
    assert (office.facts(), office.refused()) == ([fact(1)], ["not json"])


def test_nothing_that_leads_to_a_fact_outlives_it(office: Office) -> None:
    office.refuse(fact(1))
    assert redriven(office) == 0
    rows = office.stack.client("dynamodb").scan(TableName=office.stack.tables["refused_facts"])["Items"]
    # How many the list took on that day.
    assert [row["pk"]["S"] for row in rows] == ["acme#quota"]
