"""The one retry on conflict. It stands beside the layers, because both the store and the edge need it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from customers.domain.refusals import Conflict

T = TypeVar("T")


def retry_on_conflict(
    attempt: Callable[[], T], attempts: int, first_pause: float = 0.02, longest_pause: float = 0.2
) -> T:
    """The result of an attempt that reads, decides and commits. After `Conflict` all of it is repeated.

    The pauses in between are random, and may be twice as long each time. The last `Conflict` is raised.
    """
    for number in range(attempts - 1):
        try:
            return attempt()
        except Conflict:
            time.sleep(random.uniform(0, min(longest_pause, first_pause * 2**number)))  # noqa: S311 - not a secret
    return attempt()
