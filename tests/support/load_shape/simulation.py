"""Busy seconds of one enterprise: lanes of the streams take batches, pack them, and meet at the rows of the sums.

Of two transactions that touch one row at a time DynamoDB cancels the later one; it comes again after a random pause.
Nothing else is modelled: no throttle, no cold start.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from customers.domain.stats.contributions import TOTALS, Place
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.stats.batches import batches
from customers.store.stats.contributions import Contribution
from customers.store.stats.derived_rows import sum_key

ENTERPRISE = "enterprise"
TOOK = 0.02
"""Seconds of a transaction, with the reads before it."""
PAUSE = 0.2
"""The longest pause after a cancelled one."""
BATCH = 100

LAPSES = 92
"""The days on which the badges of today's customers lapsed before."""


@dataclass(frozen=True)
class Load:
    """What is simulated. `window` is for how many seconds a lane gathers changes before it takes them."""

    sales: float
    lanes: int
    shards: int
    window: float = 0
    seconds: float = 20


@dataclass
class Seen:
    """`tries` of transactions, and how many were cancelled; units written to each partition."""

    tries: int = 0
    cancelled: int = 0
    late: float = 0
    partitions: Counter[str] = field(default_factory=Counter)

    @property
    def conflicts(self) -> float:
        return self.cancelled / self.tries if self.tries else 0


def simulate(load: Load, seed: int = 1) -> Seen:
    """One enterprise, each sale of another customer. A seed gives the same figures each time."""
    dice, seen = random.Random(seed), Seen()
    held: dict[tuple[str, str], float] = {}
    events: list[tuple[float, int, int, list[list[float]]]] = []
    # Each lane has its own arrivals; it takes what has come as soon as it is free.
    arrivals = [_arrivals(load, dice) for _ in range(load.lanes)]
    for lane in range(load.lanes):
        heapq.heappush(events, (0.0, lane, 0, []))
    number = 0
    while events:
        now, lane, _, left = heapq.heappop(events)
        number += 1
        if now > load.seconds:
            continue
        if not left:
            if (ready := _ready(arrivals[lane], load.window)) > now:
                heapq.heappush(events, (ready, lane, number, []))
                continue
            taken = _take(arrivals[lane], now)
            seen.late = max(seen.late, now - taken[0])
            left = [[each] for each in _packed(len(taken), dice)]
        keys = _keys(int(left[0][0]), load.shards, dice)
        seen.tries += 1
        if any(held.get(key, 0) > now for key in keys):
            seen.cancelled += 1
            heapq.heappush(events, (now + dice.random() * PAUSE, lane, number, left))
            continue
        for key in keys:
            held[key] = now + TOOK
            seen.partitions[key[0]] += 2
        rest = left[1:]
        heapq.heappush(events, (now + TOOK, lane, number, rest))
    return seen


def _arrivals(load: Load, dice: random.Random) -> list[float]:
    found, at = list[float](), 0.0
    while at < load.seconds:
        at += dice.expovariate(load.sales / load.lanes)
        found.append(at)
    return found


def _ready(waiting: list[float], window: float) -> float:
    """When a lane's next batch is full, or its window over."""
    if not waiting:
        return math.inf
    full = waiting[BATCH - 1] if len(waiting) >= BATCH else math.inf
    return min(full, waiting[0] + window)


def _take(waiting: list[float], now: float) -> list[float]:
    count = 0
    while count < min(BATCH, len(waiting)) and waiting[count] <= now:
        count += 1
    taken, waiting[:count] = waiting[:count], []
    return taken


def _packed(count: int, dice: random.Random) -> Iterator[float]:
    """How many changes are in each transaction, as the store packs them."""
    changes = [Contribution(CustomerRef(ENTERPRISE, f"usr_{number}"), ["note"], _adds(dice)) for number in range(count)]
    for batch in batches(changes):
        yield float(len(batch))


def _adds(dice: random.Random) -> dict[Place, dict[str, int]]:
    days = [Place.badges(f"2026-{1 + day // 28:02}-{1 + day % 28:02}") for day in (dice.randrange(LAPSES), LAPSES)]
    return {place: {"visited": 1} for place in (TOTALS, *days)}


def _keys(count: int, shards: int, dice: random.Random) -> set[tuple[str, str]]:
    """The rows that one transaction of so many changes adds to: of one shard, as the store chooses it."""
    shard = dice.randrange(shards)
    places = {place for _ in range(count) for place in _adds(dice)}
    rows = (sum_key(ENTERPRISE, place, shard) for place in places)
    return {(row["pk"]["S"], row["sk"]["S"]) for row in rows}
