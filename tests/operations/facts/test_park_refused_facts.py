"""The consumer of the dead-letter queue: each message is in a list before it leaves the queue."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from customers.domain.facts.refused_facts import DeadLetter
from customers.edge.messaging.parking import NO_REASON, letter_of, parking
from tests.support.facts import NOON

SENT = str(int(NOON.timestamp() * 1000))


def message(number: int, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "messageId": f"m-{number}",
        "body": "{}",
        "attributes": {"SentTimestamp": SENT, "ApproximateReceiveCount": "99"},
        "messageAttributes": {
            **{name: {"stringValue": value, "dataType": "String"} for name, value in attributes.items()},
            "binary": {"binaryValue": "", "dataType": "Binary"},
        },
    }


@pytest.mark.parametrize(
    ("attributes", "reason", "unread"),
    [
        ({"reason": "currency: must be QAR"}, "currency: must be QAR", False),
        (
            {"ERROR_CODE": "NO_PERMISSIONS", "RULE_ARN": "arn:…"},
            "the bus could not deliver it: NO_PERMISSIONS",
            True,
        ),
        ({}, NO_REASON, True),
    ],
)
def test_a_message_says_why_it_is_there(attributes: dict[str, str], reason: str, *, unread: bool) -> None:
    assert letter_of(message(1, attributes)) == DeadLetter("m-1", "{}", reason, NOON, unread)


def test_a_message_that_cannot_be_kept_stays_and_holds_no_other_back(log: io.StringIO) -> None:
    kept: list[str] = []

    def keep(letter: DeadLetter) -> str:
        if letter.id == "m-2":
            raise RuntimeError(json.dumps({"phone": "+97433001122"}))
        kept.append(letter.id)
        return "listed"

    answer = parking("park_refused_facts", keep)({"Records": [message(each, {}) for each in (1, 2, 3)]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}
    assert kept == ["m-1", "m-3"]
    failed, done = map(json.loads, log.getvalue().splitlines())
    assert (done["message"], done["operation"], done["outcomes"]) == ("consumed", "park_refused_facts", {"listed": 2})
    assert (failed["message"], failed["message_id"], failed["error"]) == ("failed", "m-2", "RuntimeError")
    assert "97433001122" not in log.getvalue()
