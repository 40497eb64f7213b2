"""How a message ends: what waits for something of ours is parked, and no number of tries refuses it."""

from __future__ import annotations

import pytest

from customers.domain.refusals import NotYet, OnTheMove
from customers.edge.messaging.message_ends import MAX_TRIES, PARKED, end_message


class Noting:
    """A queue that notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def defer(self, receipt_handle: str, tries: int) -> None:
        self.asked.append(("defer", receipt_handle, tries))

    def refuse(self, body: str, reason: str) -> None:
        self.asked.append(("refuse", body, reason))

    def send(self, body: str, /, *, delay_seconds: int = 0) -> None:
        self.asked.append(("send", body, delay_seconds))


def ended(outcome: Exception, tries: int) -> tuple[str, list[object]]:
    queue = Noting()
    message = {
        "messageId": "m",
        "receiptHandle": "r",
        "body": "fact",
        "attributes": {"ApproximateReceiveCount": str(tries)},
    }
    return end_message(message, outcome, queue), queue.asked


@pytest.mark.parametrize("tries", [MAX_TRIES, MAX_TRIES + 5])
def test_what_waits_for_something_of_ours_begins_anew(tries: int) -> None:
    assert ended(OnTheMove("customer", "has been merged"), tries) == ("parked", [("send", "fact", PARKED)])


def test_until_then_it_is_deferred() -> None:
    assert ended(OnTheMove("customer", "has been merged"), 1) == ("waiting", [("defer", "r", 1)])


def test_what_waits_for_others_is_refused_in_the_end() -> None:
    assert ended(NotYet("grant_id", "no such grant"), MAX_TRIES)[0] == "refused"
