"""A process that is killed. What it leaves are the rows, so only its calls that change something are worth dying at.

Before the first of them nothing has happened, whatever has been read; after each of them there is another state, and it
stays the same until the next. Where all is one transaction, `AROUND_THE_WRITE` are the two moments there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

import pytest

READS = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "List", "Head", "Receive")
WRITE = "before-call.dynamodb.TransactWriteItems"
"""The moment before a transaction."""
AROUND_THE_WRITE = pytest.mark.parametrize("moment", [WRITE, "after-call.dynamodb.TransactWriteItems"])


class Crash(BaseException):
    """The process is gone."""


def crash(*_: object, **__: object) -> None:
    raise Crash


def once(act: Callable[[], object], number: int = 1) -> Callable[..., None]:
    """Does `act` the n-th time that it is called, and nothing at any other."""
    calls = count(1)

    def called(*_: object, **__: object) -> None:
        if next(calls) == number:
            act()

    return called


def crash_at(number: int) -> Callable[..., None]:
    """It is gone the n-th time that it is called."""
    return once(crash, number)


def changing(calls: Iterable[str]) -> list[int]:
    """Which of these calls change something, counted from one."""
    return [number for number, call in enumerate(calls, 1) if not call.startswith(READS)]
