"""From `PutEvents` to a lookup that shows it, and from the commit to search, to stats and to the bus.

A probe is a new customer. Beside it purchases of other customers are put on the bus, at a rate.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.stack.shop import Shop, percentile, until
from tests.support.stack.own_stack import client

RATES = (0, 50, 100)
"""Facts a second."""
PROBES = 20
CROWD = 200
"""Customers who buy."""
AT_ONCE = 10


def measure(stack: dict[str, Any]) -> list[str]:
    """Prints a table. There is no bound: the emulator's own pauses are most of it."""
    shop = Shop(stack)
    _crowd(shop)
    print(f"\n{'facts a second':34}{'p50':>10}{'p95':>11}")
    for rate in RATES:
        seen: defaultdict[str, list[float]] = defaultdict(list)
        with _load(shop, rate) as sent, _heard(stack, shop) as heard:
            began = time.monotonic()
            for number in range(PROBES):
                for what, seconds in _probe(shop, heard, f"+974331{RATES.index(rate)}{number:04}").items():
                    seen[what].append(seconds)
            took = time.monotonic() - began
        print(f"{rate} wanted, {len(sent) * AT_ONCE / took:.0f} put")
        for what, found in seen.items():
            print(f"  {what:32}{percentile(found, 50):>10}{percentile(found, 95):>11}")
    return []


def _probe(shop: Shop, heard: Any, phone: str) -> dict[str, float]:
    """Seconds until a new customer is seen. The commit is taken to be when a lookup shows it."""
    name = f"Probe{uuid.uuid4().hex[:12]}"
    known = _registered(shop)
    put = time.monotonic()
    shop.put([shop.fact("customer.registered", phone, name=name)])
    shown = until(lambda: shop.get(f"/customers/lookup?phone=%2B{phone[1:]}").json()["data"]["customer"])
    found = until(lambda: _found(shop, name))
    counted = until(lambda: _registered(shop) > known)
    sent = time.monotonic()
    event = {"event_type": "check_in", "attributes": {"note": "here"}}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    answer = shop.send("POST", f"/customers/%2B{phone[1:]}/events", headers=headers, json=event)
    committed = time.monotonic()
    published = until(lambda: answer.json()["data"]["event_id"] in heard())
    return {
        "PutEvents to a lookup": shown - put,
        "commit to search": found - shown,
        "commit to stats": counted - shown,
        "request to its answer (an event)": committed - sent,
        "answer to the bus": published - committed,
    }


def _found(shop: Shop, name: str) -> bool:
    answer = shop.send("POST", "/customers/search", shop.office, json={"query": name})
    return bool(answer.json()["data"]["customers"])


def _registered(shop: Shop) -> int:
    customers = shop.get("/customers/stats", shop.office).json()["data"]["customers"]
    return int(customers["registered"]) + int(customers["pending_proof"])


def _crowd(shop: Shop) -> None:
    for start in range(0, CROWD, AT_ONCE):
        shop.put([shop.fact("customer.registered", _phone(number)) for number in range(start, start + AT_ONCE)])
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
def _heard(stack: dict[str, Any], shop: Shop) -> Iterator[Any]:
    """The ids of the events that the bus has carried, by a rule and a queue of their own."""
    bus, sqs, name = client(stack, "events"), client(stack, "sqs"), f"bench-{uuid.uuid4().hex[:12]}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    address = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["customers"], "detail": {"enterprise_id": [shop.id]}}
    bus.put_rule(Name=name, EventBusName=stack["bus"], EventPattern=json.dumps(pattern))
    bus.put_targets(Rule=name, EventBusName=stack["bus"], Targets=[{"Id": "queue", "Arn": address}])
    ids: set[str] = set()

    def look() -> set[str]:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        ids.update(json.loads(message["Body"])["detail"]["event_id"] for message in messages)
        return ids

    yield look
    bus.remove_targets(Rule=name, EventBusName=stack["bus"], Ids=["queue"])
    bus.delete_rule(Name=name, EventBusName=stack["bus"])
    sqs.delete_queue(QueueUrl=queue)
