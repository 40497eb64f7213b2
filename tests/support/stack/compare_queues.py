"""`python -m tests.support.stack.compare_queues SEED ROUNDS`: the emulator's queues beside this project's.

Random acts are done to two queues, to one with the emulator's own functions and to the other with those of
`local.emulator.queues`. It prints the first difference, and ends with 1. Run with the Python of the tools: the emulator
is not among the tests' own libraries.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any

from ministack.services import sqs  # type: ignore[import-not-found]

from local.emulator import queues

OWN = ("_collect_msgs", "_expire_retained", "_dlq_sweep", "_delete_messages_for_esm")
THEIRS = {name: getattr(sqs, name) for name in OWN}
queues.install()
MINE = {name: getattr(sqs, name) for name in OWN}
KEPT = 60
"""Seconds."""


class Both:
    """A queue and its dead letters, twice."""

    def __init__(self, draw: Random) -> None:
        self._draw, self._handles = draw, [set[str](), set[str]()]
        self.now = 1_000_000.0
        clock = SimpleNamespace(time=lambda: self.now, monotonic=lambda: self.now)
        sqs.time = vars(queues)["time"] = clock
        sqs._queues.clear()
        queues._looked.clear()
        queues._received.clear()
        for name in ("theirs", "mine"):
            sqs._act_create_queue({"QueueName": f"{name}-dead"}, "")
            dead = self.queue(f"{name}-dead")["attributes"]["QueueArn"]
            policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
            kept = {"MessageRetentionPeriod": str(KEPT), "RedrivePolicy": policy, "VisibilityTimeout": "3"}
            sqs._act_create_queue({"QueueName": name, "Attributes": kept}, "")

    def queue(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = sqs._queues[sqs._queue_name_to_url[name]]
        return found

    def act(self) -> None:
        draw = self._draw
        self.now += draw.choice((0.1, 1, 2, 30))
        act, most, delay = draw.choice("ssssrrrdv"), draw.choice((1, 3, 10)), draw.choice((0, 0, 5))
        deleted = draw.random()
        for side, name in enumerate(("theirs", "mine")):
            names = iter(count())
            sqs.new_uuid = lambda names=names, side=side: f"{side}-{self.now}-{next(names)}"
            vars(sqs).update(THEIRS if name == "theirs" else MINE)
            url, handles = self.queue(name)["url"], self._handles[side]
            if act == "s":
                sqs._act_send_message({"MessageBody": f"{self.now}", "DelaySeconds": delay}, url)
            elif act == "r":
                handles |= {each["receipt_handle"] for each in sqs._receive_messages_for_esm(url, most)}
            elif act == "v":
                for handle in sorted(handles)[:1]:
                    with suppress(sqs._Err):
                        sqs._act_change_visibility({"ReceiptHandle": handle, "VisibilityTimeout": delay}, url)
            else:
                gone = set(sorted(handles)[: int(deleted * len(handles)) + 1])
                sqs._delete_messages_for_esm(url, gone)
                handles -= gone

    def told(self, name: str) -> list[Any]:
        """All but what is drawn at random."""
        told = ("body", "visible_at", "receive_count", "first_receive_at")
        return [
            [*(each[every] for every in told), (each["receipt_handle"] or "-")[1:]]
            for queue in (name, f"{name}-dead")
            for each in self.queue(queue)["messages"]
        ]


def main(seed: int, rounds: int) -> int:
    # Else it would look for what is too old later than the emulator does.
    queues.EVERY = 0.0
    for each in range(seed, seed + rounds):
        both = Both(Random(each))
        for _ in range(60):
            both.act()
            if both.told("theirs") != both.told("mine"):
                print(f"seed {each}: {both.told('theirs')}\nis {both.told('mine')}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
