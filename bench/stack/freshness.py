"""From `PutEvents` to a lookup that shows it, and from the commit to search, to stats and to the bus.

A probe is a new customer. Beside it purchases of other customers are put on the bus, at a rate.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from bench.stack.shop import Shop, each_until, percentile, until
from tests.support.stack.own_stack import client

RATES = (0, 50, 100)
"""Facts a second."""
PROBES, BUDGET = 20, 75.0
"""Probes at each rate, begun within so many seconds."""
CROWD = 200
"""Customers who buy."""
AT_ONCE = 10
Heard = Callable[[], Collection[str]]
"""The ids of the events that the bus has carried so far."""


def measure(stack: dict[str, Any]) -> list[str]:
    """Prints a table. There is no bound: the emulator's own pauses are most of it."""
    shop = Shop(stack)
    _crowd(shop)
    print(f"\n{'Freshness':34}{'p50':>10}{'p95':>11}{'probes':>9}")
    with _heard(stack, shop) as heard:
        for rate in RATES:
            _at(shop, heard, rate)
    return []


def _at(shop: Shop, heard: Heard, rate: int) -> None:
    seen: defaultdict[str, list[float]] = defaultdict(list)
    with _load(shop, rate) as sent:
        began, number = time.monotonic(), 0
        while number < PROBES and time.monotonic() - began < BUDGET:
            for what, seconds in _probe(shop, heard, f"+974331{RATES.index(rate)}{number:04}").items():
                seen[what].append(seconds)
            number += 1
        took = time.monotonic() - began
    # What the load left must not wait in front of the next one.
    last = _probe(shop, heard, f"+974331{RATES.index(rate)}{PROBES:04}")["PutEvents to a lookup"]
    print(f"{rate} facts a second ({len(sent) * AT_ONCE / took:.0f} put; {last:.1f} s behind at the end)")
    for what, found in seen.items():
        print(f"  {what:32}{percentile(found, 50):>10}{percentile(found, 95):>11}{len(found):>9}")


def _probe(shop: Shop, heard: Heard, phone: str) -> dict[str, float]:
    """Seconds until a new customer is seen. The commit is taken to be when a lookup shows it. Raises `NotSeen`."""
    name = f"Probe{uuid.uuid4().hex[:12]}"
    known, address = _registered(shop), f"%2B{phone[1:]}"
    put = time.monotonic()
    shop.put([shop.fact("customer.registered", phone, name=name)])
    shown = until(lambda: shop.get(f"/customers/lookup?phone={address}").json()["data"]["customer"])
    derived = each_until({"search": lambda: _found(shop, name), "stats": lambda: _registered(shop) > known})
    sent = time.monotonic()
    event = {"event_type": "check_in", "attributes": {"note": "here"}}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answer = shop.send("POST", f"/customers/{address}/events", headers=headers, json=event)
    committed, event_id = time.monotonic(), answer.json()["data"]["event"]["event_id"]
    published = until(lambda: event_id in heard())
    return {
        "PutEvents to a lookup": shown - put,
        "commit to search": derived["search"] - shown,
        "commit to stats": derived["stats"] - shown,
        "a till's event, to its answer": committed - sent,
        "its answer to the bus": published - committed,
    }


def _found(shop: Shop, name: str) -> bool:
    answer = shop.send("POST", "/customers/search", shop.office, json={"query": name})
    return bool(answer.json()["data"]["customers"])


def _registered(shop: Shop) -> int:
    customers = shop.get("/customers/stats", shop.office).json()["data"]["customers"]
    return int(customers["registered"]) + int(customers["pending_proof"])


def _crowd(shop: Shop) -> None:
    for start in range(0, CROWD, AT_ONCE):
        numbers = range(start, start + AT_ONCE)
        shop.put([shop.fact("customer.registered", _phone(number), name=f"Buyer {number}") for number in numbers])
    until(lambda: _registered(shop) == CROWD)


def _phone(number: int) -> str:
    return f"+9743300{number:04}"


@contextmanager
def _load(shop: Shop, rate: float) -> Iterator[list[float]]:
    """Purchases at a rate, put ten at a time. The instants at which they were put."""
    stop, sent = threading.Event(), list[float]()

    def run() -> None:
        due = time.monotonic()
        while rate and not stop.wait(max(0.0, due - time.monotonic())):
            first = len(sent) * AT_ONCE
            shop.put([_purchase(shop, first + number) for number in range(AT_ONCE)])
            sent.append(time.monotonic())
            due += AT_ONCE / rate

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield sent
    finally:
        stop.set()
        thread.join()


def _purchase(shop: Shop, number: int) -> dict[str, str]:
    bought = {"purchase_id": str(uuid.uuid4()), "amount_minor": 100, "currency": "QAR", "branch_id": shop.branch}
    return shop.fact("purchase.completed", _phone(number % CROWD), **bought)


@contextmanager
def _heard(stack: dict[str, Any], shop: Shop) -> Iterator[Heard]:
    """The ids of the events that the bus has carried, by a rule and a queue of their own."""
    bus, sqs, name = client(stack, "events"), client(stack, "sqs"), f"bench-{uuid.uuid4().hex[:12]}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    address = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["customers"], "detail": {"enterprise_id": [shop.id]}}
    bus.put_rule(Name=name, EventBusName=stack["bus"], EventPattern=json.dumps(pattern))
    bus.put_targets(Rule=name, EventBusName=stack["bus"], Targets=[{"Id": "queue", "Arn": address}])
    ids: set[str] = set()

    def heard() -> set[str]:
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            ids.update(json.loads(message["Body"])["detail"]["event_id"] for message in messages)
            done = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
            sqs.delete_message_batch(QueueUrl=queue, Entries=done)
        return ids

    try:
        yield heard
    finally:
        bus.remove_targets(Rule=name, EventBusName=stack["bus"], Ids=["queue"])
        bus.delete_rule(Name=name, EventBusName=stack["bus"])
        sqs.delete_queue(QueueUrl=queue)
