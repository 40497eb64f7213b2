"""An erasure while fifty readers ask for the person: seconds until it is answered, and what later reads say."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import requests

from bench.stack.shop import Shop, percentile, until
from tests.support.stack.own_stack import client

READERS = (0, 50)
ROUNDS = 10
AFTER = 2.0
"""Seconds for which the readers go on."""
MOST_SECONDS = 0.5
"""Until the answer."""
NAME = "Layla"


@dataclass
class Person:
    """A new customer, and every text that was read of them: when the read began, and the answer's body."""

    phone: str = field(default_factory=lambda: f"+974330{uuid.uuid4().int % 100_000:05}")
    provider_id: str = field(default_factory=lambda: f"pos-{uuid.uuid4().hex}")
    told: list[tuple[float, str]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """Everything that a till reads of one customer."""
        address = f"%2B{self.phone[1:]}"
        return [
            f"/customers/lookup?phone={address}",
            f"/customers/lookup?provider_customer_id={self.provider_id}",
            *(f"/customers/{address}/{read}" for read in ("summary-cached", "preferences", "badge-reason")),
        ]

    def leaks_since(self, instant: float) -> tuple[int, int]:
        """How many reads began after it, and how many of them tell of the person."""
        texts = [text for began, text in self.told if began > instant]
        planted = (NAME, self.phone[1:], self.provider_id)
        return len(texts), sum(any(each in text for each in planted) for text in texts)


def measure(stack: dict[str, Any]) -> list[str]:
    """Prints a table. What was missed."""
    shop, missed = Shop(stack), list[str]()
    print(f"\n{f'Erasure, {ROUNDS} rounds':32}{'p50':>10}{'p95':>11}{'reads after':>14}{'of the person':>16}")
    for readers in READERS:
        rounds = [_round(stack, shop, readers) for _ in range(ROUNDS)]
        took, reads, leaks = (
            [each[0] for each in rounds],
            sum(each[1] for each in rounds),
            sum(each[2] for each in rounds),
        )
        print(f"  {readers:2} readers{percentile(took, 50):>32}{percentile(took, 95):>11}{reads:>14,}{leaks:>16}")
        if max(took) > MOST_SECONDS:
            missed.append(f"an erasure under {readers} readers took {max(took):.2f} s, at most {MOST_SECONDS} s")
        if leaks:
            missed.append(f"{leaks} reads that began after an erasure's answer tell of the person")
    return missed


def _round(stack: dict[str, Any], shop: Shop, readers: int) -> tuple[float, int, int]:
    """Seconds until the answer, reads that began after it, and those of them that tell of the person."""
    person = Person()
    _settle(shop, person)
    path = f"/customers/{_id_of(stack, shop, person.phone)}"
    with _readers(shop, person, readers):
        began = time.monotonic()
        answer = shop.send("DELETE", path, shop.office, headers={"Idempotency-Key": uuid.uuid4().hex})
        answered = time.monotonic()
        if answer.status_code != 200:
            raise RuntimeError(f"the erasure answered {answer.status_code}")
        _read(shop, person, 0)
        time.sleep(AFTER if readers else 0)
    return answered - began, *person.leaks_since(answered)


def _settle(shop: Shop, person: Person) -> None:
    """Until every read tells of the person."""
    kinds = {"customer.registered": {"name": NAME}, "customer.verified": {}}
    linked = {"provider_id.linked": {"provider_customer_id": person.provider_id}}
    shop.put([shop.fact(kind, person.phone, **fields) for kind, fields in (kinds | linked).items()])
    until(lambda: NAME in shop.get(person.paths[0]).text and NAME in shop.get(person.paths[1]).text)
    until(lambda: all(shop.get(path).json()["data"]["status"] != "not_found" for path in person.paths[2:]))


@contextmanager
def _readers(shop: Shop, person: Person, number: int) -> Iterator[None]:
    """Each reads again and again; all have read once when this begins."""
    stop, ready = threading.Event(), threading.Barrier(number + 1)

    def run(first: int) -> None:
        with requests.Session() as session:
            for turn in count(first):
                _read(shop, person, turn, session)
                if turn == first:
                    ready.wait()
                if stop.is_set():
                    return

    threads = [threading.Thread(target=run, args=(first,)) for first in range(number)]
    for each in threads:
        each.start()
    ready.wait()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()


def _read(shop: Shop, person: Person, turn: int, session: requests.Session | None = None) -> None:
    began = time.monotonic()
    answer = shop.get(person.paths[turn % len(person.paths)], session=session)
    person.told.append((began, answer.text))


def _id_of(stack: dict[str, Any], shop: Shop, phone: str) -> str:
    key = {"pk": {"S": f"{shop.id}#{phone}"}}
    row = client(stack, "dynamodb").get_item(TableName=stack["tables"]["customers"], Key=key, ConsistentRead=True)
    return str(row["Item"]["customer_id"]["S"])
