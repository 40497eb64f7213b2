"""An erasure while fifty readers ask for the person: seconds until it is answered, and what later reads say."""

from __future__ import annotations

import math
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

ROUNDS = 10
AFTER = 2.0
"""Seconds for which the readers go on."""
NAME = "Layla"


@dataclass(frozen=True)
class Crowd:
    """Readers, the seconds between two reads of each, and the most that an erasure's answer may take among them.

    Without a pause they keep the whole machine busy, and every answer waits for all the others: there is no bound.
    """

    readers: int
    pause: float = 0
    most: float = math.inf

    def __str__(self) -> str:
        if not self.readers:
            return "no readers"
        return f"{self.readers} readers, {f'each every {self.pause:g} s' if self.pause else 'without a pause'}"


CROWDS = (Crowd(0, most=0.5), Crowd(50, 1, most=0.5), Crowd(50))


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

    def reads_since(self, instant: float) -> tuple[int, int]:
        """How many reads began after it, and how many of them tell of the person."""
        texts = [text for began, text in self.told if began > instant]
        planted = (NAME, self.phone[1:], self.provider_id)
        return len(texts), sum(any(each in text for each in planted) for text in texts)


def measure(stack: dict[str, Any]) -> list[str]:
    """Prints a table. What was missed."""
    shop, missed = Shop(stack), list[str]()
    print(f"\n{f'Erasure, {ROUNDS} rounds':34}{'p50':>10}{'p95':>11}{'reads after':>14}{'of the person':>16}")
    for crowd in CROWDS:
        # The first one starts the processes, and does not count.
        took, reads, leaks = zip(*[_round(stack, shop, crowd) for _ in range(ROUNDS + 1)][1:], strict=True)
        middle, late = (percentile(took, share) for share in (50, 95))
        print(f"  {crowd!s:32}{middle:>10}{late:>11}{sum(reads):>14,}{sum(leaks):>16}")
        if max(took) > crowd.most:
            missed.append(f"an erasure among {crowd} took {max(took):.2f} s, at most {crowd.most} s")
        if sum(leaks):
            missed.append(f"{sum(leaks)} reads that began after an erasure's answer tell of the person")
    return missed


def _round(stack: dict[str, Any], shop: Shop, crowd: Crowd) -> tuple[float, int, int]:
    """Seconds until the answer, reads that began after it, and those of them that tell of the person."""
    person = Person()
    _settle(shop, person)
    path = f"/customers/{_id_of(stack, shop, person.phone)}"
    with _reading(shop, person, crowd):
        began = time.monotonic()
        answer = shop.send("DELETE", path, shop.office, headers={"Idempotency-Key": uuid.uuid4().hex})
        answered = time.monotonic()
        if answer.status_code != 200:
            raise RuntimeError(f"the erasure answered {answer.status_code}")
        for number in range(len(person.paths)):
            _read(shop, person, number)
        time.sleep(AFTER if crowd.readers else 0)
    return answered - began, *person.reads_since(answered)


def _settle(shop: Shop, person: Person) -> None:
    """Until every read tells of the person."""
    kinds = {"customer.registered": {"name": NAME}, "customer.verified": {}}
    linked = {"provider_id.linked": {"provider_customer_id": person.provider_id}}
    shop.put([shop.fact(kind, person.phone, **fields) for kind, fields in (kinds | linked).items()])
    until(lambda: NAME in shop.get(person.paths[0]).text and NAME in shop.get(person.paths[1]).text)
    until(lambda: all(shop.get(path).status_code == 200 for path in person.paths[2:]))


@contextmanager
def _reading(shop: Shop, person: Person, crowd: Crowd) -> Iterator[None]:
    """All have read once when this begins."""
    stop, ready = threading.Event(), threading.Barrier(crowd.readers + 1)

    def run(first: int) -> None:
        with requests.Session() as session:
            for number in count(first):
                _read(shop, person, number, session)
                if number == first:
                    ready.wait()
                    stop.wait(crowd.pause * first / crowd.readers)
                if stop.wait(crowd.pause):
                    return

    threads = [threading.Thread(target=run, args=(first,)) for first in range(crowd.readers)]
    for each in threads:
        each.start()
    ready.wait()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()


def _read(shop: Shop, person: Person, number: int, session: requests.Session | None = None) -> None:
    began = time.monotonic()
    answer = shop.get(person.paths[number % len(person.paths)], session=session)
    person.told.append((began, answer.text))


def _id_of(stack: dict[str, Any], shop: Shop, phone: str) -> str:
    key = {"pk": {"S": f"{shop.id}#{phone}"}}
    row = client(stack, "dynamodb").get_item(TableName=stack["tables"]["customers"], Key=key, ConsistentRead=True)
    return str(row["Item"]["customer_id"]["S"])
