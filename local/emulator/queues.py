"""A batch from a queue costs what is in it, not what waits: the emulator goes through all that waits, six times.

Here a receive stops when it has enough, and a delete when it has found what it looks for. What was received too often
is looked for among what was received, and what is too old every ten seconds. FIFO queues are left as they are: none is
long.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import Any

from ministack.services import sqs  # type: ignore[import-not-found]

EVERY = 10.0
"""Seconds between two looks for what is too old."""

Queue = dict[str, Any]
Message = dict[str, Any]
_collect, _expire, _sweep = sqs._collect_msgs, sqs._expire_retained, sqs._dlq_sweep
_looked: dict[str, float] = {}
"""When a queue was last looked at, by its URL."""
_received: dict[str, list[Message]] = {}
"""By a queue's URL what was received and is not known to be deleted."""


def install() -> None:
    sqs._collect_msgs = _collect_first
    sqs._expire_retained = _expire_now_and_then
    sqs._dlq_sweep = _sweep_if_there_is_one
    sqs._delete_messages_for_esm = _delete_first


def _collect_first(queue: Queue, most: int, seconds: int) -> Any:
    if queue["is_fifo"]:
        return _collect(queue, most, seconds)
    now, received = time.time(), _received_of(queue)
    first = list(islice((each for each in queue["messages"] if each["visible_at"] <= now), most))
    collected = _collect({**queue, "messages": first}, most, seconds)
    received += [each for each in collected if each["receive_count"] == 1]
    return collected


def _expire_now_and_then(queue: Queue) -> None:
    now = time.monotonic()
    if now - _looked.get(queue["url"], -EVERY) >= EVERY:
        _looked[queue["url"]] = now
        _expire(queue)


def _sweep_if_there_is_one(queue: Queue) -> None:
    """One that was received and can be received again may have been received too often."""
    now = time.time()
    if queue["is_fifo"] or any(each["visible_at"] <= now for each in _received_of(queue)):
        _sweep(queue)
        _received.pop(queue["url"], None)


def _received_of(queue: Queue) -> list[Message]:
    """All are looked at for the first time, and after one was received too often."""
    if queue["url"] not in _received:
        _received[queue["url"]] = [each for each in queue["messages"] if each.get("receive_count")]
    return _received[queue["url"]]


def _delete_first(url: str, handles: set[str]) -> None:
    """In place: who sends meanwhile adds to the same list."""
    with sqs._queues_lock:
        messages = sqs._get_q(url)["messages"]
        held = (place for place, each in enumerate(messages) if each.get("receipt_handle") in handles)
        # What was received is at the beginning.
        for place in reversed(list(islice(held, len(handles)))):
            del messages[place]
        if url in _received:
            _received[url] = [each for each in _received[url] if each["receipt_handle"] not in handles]
