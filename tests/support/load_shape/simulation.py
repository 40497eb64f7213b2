"""Busy seconds at the sums: lanes of the streams take batches, pack them, and meet at the rows that they add to.

Of two transactions that touch one row at a time DynamoDB cancels the later one. Packing, rows and shards are the
store's own; a process that is free takes the next batch, as Lambda's do. Nothing else is modelled: no throttle, no
cold start.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import Literal

from customers.domain.stats.contributions import TOTALS, Counts, Place, together
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.stats.batches import batches
from customers.store.stats.contributions import Contribution
from customers.store.stats.shards import MOVES, Shards
from customers.store.stats.sum_rows import rows_of

TOOK = 0.02
"""Seconds of a transaction, with the reads before it."""
PAUSE = 0.2
"""The longest pause before a batch is read again."""
BATCH = 94
"""Changes that a lane takes at a time, as in the template."""
LAPSES = 92
"""The days on which the badges of today's customers lapsed before."""
NEW = 0.1
"""The part of the sales that change the totals too."""
TODAY, VISIT = Place.badges("2026-02-28"), Place.active("2025-11-29")
"""The day on which the badges of today's visitors lapse, and the day of their visit."""


@dataclass(frozen=True)
class Load:
    """What is simulated. `sales` are those of each enterprise in a second; a lane gathers changes for `window` seconds.

    `kept` is false for processes that choose one of four rows anew for each transaction.
    """

    sales: Sequence[float]
    lanes: int
    window: float = 0
    branches: int = 1
    kept: bool = True
    seconds: float = 20


@dataclass
class Seen:
    """`tries` of transactions, and how many were cancelled; units written by partition, transactions by row."""

    tries: int = 0
    cancelled: int = 0
    late: float = 0
    busy: float = 0
    most_busy: int = 0
    partitions: Counter[str] = field(default_factory=Counter)
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass
class Lane:
    """One lane of a stream, and the process that works on its batch."""

    stream: Literal["customers", "records"]
    waiting: list[tuple[float, int]]
    process: Shards | None = None
    left: list[list[Contribution]] = field(default_factory=list)
    moves: int = 0


class Anew(Shards):
    """A process that chooses one of four rows anew each time."""

    def of(self, enterprise: str) -> int:
        return self._dice.randrange(4)

    def move(self, enterprise: str) -> None:
        pass


class Simulation:
    """One run."""

    def __init__(self, load: Load, seed: int) -> None:
        self.load, self.dice, self.seen = load, random.Random(seed), Seen()
        self.held: dict[tuple[str, str], float] = {}
        self.idle: list[Shards] = []
        self.working = 0
        streams: tuple[Literal["customers", "records"], ...] = ("customers", "records")
        self.lanes = [Lane(stream, self._arrivals()) for stream in streams for _ in range(load.lanes)]

    def run(self) -> Seen:
        events = [(0.0, number) for number in range(len(self.lanes))]
        while events:
            now, number = heapq.heappop(events)
            then = self._turn(self.lanes[number], now)
            self.seen.busy += self.working * (min(then, events[0][0] if events else then) - now) if now else 0
            if then < self.load.seconds:
                heapq.heappush(events, (then, number))
        return self.seen

    def _turn(self, lane: Lane, now: float) -> float:
        """What a lane does at an instant, and when its next turn is."""
        if not lane.left:
            self._rest(lane)
            if (ready := self._ready(lane.waiting)) > now:
                return ready
            self._take(lane, now)
        assert lane.process
        batch = lane.left[0]
        enterprise = batch[0].change.enterprise
        rows = _rows(enterprise, batch, lane.process.of(enterprise))
        self.seen.tries += 1
        if any(self.held.get(row, 0) > now for row in rows):
            self.seen.cancelled += 1
            lane.process.move(enterprise)
            lane.moves += 1
            at_once = self.load.kept and lane.moves % MOVES
            return now + (TOOK if at_once else self.dice.random() * PAUSE)
        for row in rows:
            self.held[row] = now + TOOK
            self.seen.partitions[row[0]] += 2
            self.seen.rows[row] += 1
        lane.left, lane.moves = lane.left[1:], 0
        return now + TOOK

    def _rest(self, lane: Lane) -> None:
        if lane.process:
            self.idle.append(lane.process)
            lane.process, self.working = None, self.working - 1

    def _take(self, lane: Lane, now: float) -> None:
        kind = Shards if self.load.kept else Anew
        lane.process = self.idle.pop(self.dice.randrange(len(self.idle))) if self.idle else kind(self.dice)
        self.working += 1
        self.seen.most_busy = max(self.seen.most_busy, self.working)
        self.seen.late = max(self.seen.late, now - lane.waiting[0][0])
        count = 0
        while count < min(BATCH, len(lane.waiting)) and lane.waiting[count][0] <= now:
            count += 1
        taken, lane.waiting = lane.waiting[:count], lane.waiting[count:]
        change = self._customer if lane.stream == "customers" else self._purchase
        lane.left = [*batches([change(f"enterprise-{number}") for _, number in taken])]

    def _ready(self, waiting: Sequence[tuple[float, int]]) -> float:
        """When a lane's next batch is full, or its window over."""
        if not waiting:
            return math.inf
        full = waiting[BATCH - 1][0] if len(waiting) >= BATCH else math.inf
        return min(full, waiting[0][0] + self.load.window)

    def _arrivals(self) -> list[tuple[float, int]]:
        """When, and of which enterprise. Lanes are polled independently: their windows do not begin at one instant."""
        found, until = list[tuple[float, int]](), [*accumulate(self.load.sales)]
        at = self.dice.random() * self.load.window
        numbers = range(len(until))
        while (at := at + self.dice.expovariate(until[-1] / self.load.lanes)) < self.load.seconds:
            found.append((at, self.dice.choices(numbers, cum_weights=until)[0]))
        return found

    def _customer(self, enterprise: str) -> Contribution:
        """Somebody came again: the badge lapses on another day."""
        before = _lapses(self.dice.randrange(LAPSES))
        adds: dict[Place, Counts] = {before: {"regular": -1}, TODAY: {"regular": 1}, VISIT: {"active_customers": 1}}
        if self.dice.random() < NEW:
            adds[TOTALS] = {"visited": 1}
        return Contribution(CustomerRef(enterprise, "usr_1"), ["note"], adds)

    def _purchase(self, enterprise: str) -> Contribution:
        sale = {"visits": 1, "spend_minor": 100}
        branch = Place.day("2026-01-01", f"branch-{self.dice.randrange(self.load.branches)}")
        return Contribution(
            CustomerRef(enterprise, "usr_1"), ["counted"], {Place.day("2026-01-01"): sale, branch: sale}
        )


def simulate(load: Load, seed: int = 1) -> Seen:
    """A seed gives the same figures each time."""
    return Simulation(load, seed).run()


@cache
def _lapses(day: int) -> Place:
    return Place.badges(f"2026-{1 + day // 28:02}-{1 + day % 28:02}")


def _rows(enterprise: str, batch: Sequence[Contribution], shard: int) -> list[tuple[str, str]]:
    """The rows that a transaction adds to."""
    adds = together(each.adds for each in batch)
    return [(key["pk"]["S"], key["sk"]["S"]) for key, _ in rows_of(enterprise, adds, shard)]
