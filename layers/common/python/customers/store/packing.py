"""How things are grouped for requests that take only so much."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
Limit = tuple[int, Callable[[T], int]]
"""The most that a group may have of something, and how much of it a thing has."""


def packed(things: Iterable[T], *limits: Limit[T]) -> Iterator[list[T]]:
    """The things in their order, in groups as full as the limits allow. One that is beyond a limit is alone."""
    group, sums = list[T](), [0] * len(limits)
    for thing in things:
        adds = [weigh(thing) for _, weigh in limits]
        if group and any(had + more > most for (most, _), had, more in zip(limits, sums, adds, strict=True)):
            yield group
            group, sums = [], [0] * len(limits)
        group.append(thing)
        sums = [had + more for had, more in zip(sums, adds, strict=True)]
    if group:
        yield group
