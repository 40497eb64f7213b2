"""How a message ends: what waits for something of ours is parked, and no number of tries refuses it."""

from __future__ import annotations

from customers.domain.refusals import NotYet
from customers.edge.messaging.message_ends import MAX_TRIES, end_message


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


def test_until_then_it_is_deferred() -> None:
    assert ended(NotYet("grant_id", "no such grant"), 1) == ("waiting", [("defer", "r", 1)])


def test_what_waits_for_others_is_refused_in_the_end() -> None:
    assert ended(NotYet("grant_id", "no such grant"), MAX_TRIES)[0] == "refused"
