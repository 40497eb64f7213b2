"""Facts, corrections, merges, unmerges, erasures, exports and events of the same few customers, all at once.

`OPERATIONS=420` is how many each of six threads does; `RUNS=4` repeats it with other numbers from `SEED` on.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from tests.support.stack.at_once import Enterprise

pytestmark = pytest.mark.property

THREADS = 6
OPERATIONS = int(os.environ.get("OPERATIONS", settings().max_examples // 5))
RUNS, SEED = int(os.environ.get("RUNS", "1")), int(os.environ.get("SEED", "1"))
PEOPLE = 12


class Traffic:
    """What the threads know of each other: the phones and ids that there have been, and what was told."""

    def __init__(self, shop: Enterprise) -> None:
        self._shop = shop
        self._lock = threading.Lock()
        self.told: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self._phones: list[str] = []
        self._ids: list[str] = []
        self._merged: list[tuple[str, str]] = []
        for _ in range(PEOPLE):
            self._newcomer()

    def _newcomer(self) -> None:
        """Somebody who has bought something, so that an erasure keeps the books."""
        phone = self._shop.phone()
        self._told(phone, "purchase.completed", "spend", 5)
        with self._lock:
            self._phones.append(phone)
            self._ids.append(self._shop.id_at(phone))

    def _told(self, phone: str, kind: str, figure: str, amount: int, sign: int = 1) -> int:
        self._shop.tell(kind, phone, amount_minor=amount)
        with self._lock:
            self.told[figure] += sign * amount
            self.told["visits"] += kind == "purchase.completed"
        return 200

    def act(self, random: Random) -> None:
        acts: dict[Callable[[Random, str, str], int], int] = {
            self._top_up: 6,
            self._buy: 6,
            self._spend: 2,
            self._correct: 3,
            self._merge: 3,
            self._unmerge: 3,
            self._erase: 2,
            self._export: 2,
            self._check_in: 3,
            self._join: 1,
        }
        act = random.choices(list(acts), list(acts.values()))[0]
        with self._lock:
            phone, customer_id = random.choice(self._phones), random.choice(self._ids)
        status = act(random, phone, customer_id)
        # Whom it is about may have been merged, set free or erased a moment ago, or corrected five times already.
        assert status in (200, 201, 400, 404, 429), (act, status)
        with self._lock:
            self.done[f"{act.__name__[1:]} {status}"] += 1

    def _top_up(self, random: Random, phone: str, _: str) -> int:
        return self._told(phone, "balance.topped_up", "balance", random.randint(1, 900))

    def _buy(self, random: Random, phone: str, _: str) -> int:
        return self._told(phone, "purchase.completed", "spend", random.randint(1, 900))

    def _spend(self, random: Random, phone: str, _: str) -> int:
        return self._told(phone, "balance.spent", "balance", random.randint(1, 50), -1)

    def _correct(self, _: Random, __: str, customer_id: str) -> int:
        number = self._shop.phone()
        status = self._shop.correct(customer_id, number)
        if status == 200:
            with self._lock:
                self._phones.append(number)
        return status

    def _merge(self, random: Random, _: str, customer_id: str) -> int:
        with self._lock:
            other = random.choice(self._ids)
        status = self._shop.merge(customer_id, other)
        if status == 200:
            with self._lock:
                self._merged.append((customer_id, other))
        return status

    def _unmerge(self, random: Random, _: str, __: str) -> int:
        with self._lock:
            merged = random.choice(self._merged) if self._merged else None
        return self._shop.unmerge(*merged) if merged else 404

    def _export(self, _: Random, __: str, customer_id: str) -> int:
        return 200 if self._shop.export(customer_id) else 404

    def _check_in(self, _: Random, phone: str, __: str) -> int:
        return self._shop.check_in(phone)

    def _join(self, _: Random, __: str, ___: str) -> int:
        self._newcomer()
        return 200

    def _erase(self, _: Random, __: str, customer_id: str) -> int:
        """With what there is to spend settled before: somebody may top up in between, which is a 400."""
        profile = self._shop.by_id(customer_id)
        if profile is None:
            return 404
        if profile.balance_minor > 0:
            self._told(profile.phone.e164, "balance.settled", "balance", profile.balance_minor, -1)
        return self._shop.erase(customer_id)


@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_the_books_are_exact_after_anything_at_once(stack: dict[str, Any], own_tables: Any, seed: int) -> None:
    shop = Enterprise(stack)
    traffic = Traffic(shop)

    def work(number: int) -> None:
        random = Random(f"{seed} {number}")
        for _ in range(OPERATIONS):
            traffic.act(random)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(THREADS)]:
            done.result()
    print(f"seed {seed}: {sum(traffic.done.values()):,} operations, {dict(sorted(traffic.done.items()))}")
    carried_out = {name.split()[0] for name in traffic.done if name.endswith((" 200", " 201"))}
    assert len(carried_out) == 10 or OPERATIONS < 100, carried_out
    assert shop.audited() == {name: traffic.told[name] for name in ("balance", "visits", "spend")}
