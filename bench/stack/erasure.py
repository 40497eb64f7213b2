"""An erasure while fifty readers ask for the person: seconds until it is answered, and what later reads say."""

from __future__ import annotations

import threading
import time
import uuid
from itertools import count
from typing import Any

import requests

from bench.stack.shop import Shop, percentiles, until
from tests.support.stack.own_stack import client

READERS = 50
ROUNDS = 5
AFTER = 2.0
"""Seconds for which the readers go on."""
NAME, PROVIDER_ID = "Layla Hassan", "pos-8841-layla"


def measure(stack: dict[str, Any]) -> None:
    """Prints a table. Raises `RuntimeError` if a read that began after the answer has something of the person."""
    shop = Shop(stack)
    print(f"\nErasure, {ROUNDS} rounds{'p50':>25}{'p95':>11}{'reads after':>14}")
    for readers in (0, READERS):
        rounds = [_round(stack, shop, readers) for _ in range(ROUNDS)]
        reads = sum(after for _, after in rounds)
        print(f"  {readers} readers{percentiles([seconds for seconds, _ in rounds]):>42}{reads:>12,}")


def _round(stack: dict[str, Any], shop: Shop, readers: int) -> tuple[float, int]:
    phone = f"+9743301{uuid.uuid4().int % 10_000:04}"
    provider_id = f"{PROVIDER_ID}-{uuid.uuid4().hex[:8]}"
    shop.put(
        [
            shop.fact("customer.registered", phone, name=NAME),
            shop.fact("customer.verified", phone),
            shop.fact("provider_id.linked", phone, provider_customer_id=provider_id),
        ]
    )
    planted = (NAME.split()[0], phone[1:], provider_id)
    paths = _paths(phone, provider_id)
    until(lambda: all(shop.get(path).json()["data"].get("status") != "not_found" for path in paths))
    until(lambda: NAME in shop.get(paths[0]).text)
    customer = _id_of(stack, shop, phone)
    stop, told, ready = threading.Event(), list[tuple[float, str]](), threading.Barrier(readers + 1)

    def read(number: int) -> None:
        with requests.Session() as session:
            for turn in count():
                began = time.monotonic()
                told.append((began, shop.get(paths[(number + turn) % len(paths)], session=session).text))
                if turn == 0:
                    ready.wait()
                if stop.is_set():
                    return

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for each in threads:
        each.start()
    ready.wait()
    began = time.monotonic()
    answer = shop.send("DELETE", f"/customers/{customer}", shop.office, headers={"Idempotency-Key": uuid.uuid4().hex})
    answered = time.monotonic()
    if answer.status_code != 200:
        raise RuntimeError(f"the erasure answered {answer.status_code}")
    late = [shop.get(path).text for path in paths]
    stop.wait(AFTER if readers else 0)
    stop.set()
    for each in threads:
        each.join()
    late += [text for at, text in told if at > answered]
    if found := [text for text in late if any(each in text for each in planted)]:
        raise RuntimeError(f"{len(found)} reads that began after the answer tell of the person")
    return answered - began, len(late)


def _paths(phone: str, provider_id: str) -> list[str]:
    """Everything that a till reads of one customer."""
    address = f"%2B{phone[1:]}"
    return [
        f"/customers/lookup?phone={address}",
        f"/customers/lookup?provider_customer_id={provider_id}",
        *(f"/customers/{address}/{read}" for read in ("summary-cached", "preferences", "badge-reason")),
    ]


def _id_of(stack: dict[str, Any], shop: Shop, phone: str) -> str:
    key = {"pk": {"S": f"{shop.id}#{phone}"}}
    row = client(stack, "dynamodb").get_item(TableName=stack["tables"]["customers"], Key=key, ConsistentRead=True)
    return str(row["Item"]["customer_id"]["S"])
