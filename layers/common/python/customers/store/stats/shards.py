"""Which row of each sum a process adds to.

A process keeps its shard, because two writers of one row cancel each other's transactions. After such a conflict it
takes another shard, from more and more of them. So a busy enterprise spreads over as many rows as it has writers, and
a quiet one stays with few, which are cheaper to read.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from customers.domain.refusals import Conflict
from customers.store.dynamodb import transactions
from customers.store.dynamodb.transactions import ConditionFailed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS = 16
"""The most rows of a sum. More would let more writers run side by side, and make every reader read more rows."""
FEW = 4
"""A process begins with one of these."""
MOVES = 3
"""Shards that are tried before everything is read again."""


class Shards:
    """The shards of one process, by enterprise."""

    def __init__(self, dice: random.Random | None = None) -> None:
        self._dice = dice or random.Random()  # noqa: S311 - not a secret
        self._first = self._dice.randrange(FEW)
        self._moved: dict[str, tuple[int, int]] = {}

    def commit(self, client: DynamoDBClient, enterprise: str, writes: Callable[[int], list[Any]]) -> bool:
        """One transaction of the writes to a shard. False if a condition did not hold, or every shard was taken.

        Raises `Unavailable`.
        """
        for _ in range(MOVES):
            try:
                transactions.commit(client, writes(self.of(enterprise)))
            except ConditionFailed:
                return False
            except Conflict:
                # Most likely at a sum. If it was at a note instead, its condition says so the next time.
                self.move(enterprise)
            else:
                return True
        return False

    def of(self, enterprise: str) -> int:
        """The shard to which this process adds now."""
        return self._moved.get(enterprise, (self._first, FEW))[0]

    def move(self, enterprise: str) -> None:
        """Another process adds to the same shard: take another one, out of twice as many as before."""
        shard, among = self._moved.get(enterprise, (self._first, FEW))
        others = [each for each in range(min(2 * among, SHARDS)) if each != shard]
        self._moved[enterprise] = self._dice.choice(others), min(2 * among, SHARDS)
