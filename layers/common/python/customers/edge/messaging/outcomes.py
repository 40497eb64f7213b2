"""The outcomes of a batch's messages, and ways to apply the messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from customers.domain.refusals import Conflict, Unavailable

A = TypeVar("A")
T = TypeVar("T")

Outcome = str | Exception
"""The outcome of a message: a word for the log, or the error if it was not applied."""


@dataclass(frozen=True, slots=True)
class Received:
    """The body of a message, and when the queue first received it."""

    body: str = field(repr=False)
    at: datetime


Take = Callable[[Sequence[Received]], Sequence[Outcome]]
"""Applies the messages of a batch, and returns the outcome of each."""


def tried(act: Callable[[A], T], value: A) -> T | Exception:
    """The result or the error of one message, so that the other messages continue."""
    try:
        return act(value)
    except Exception as error:  # noqa: BLE001
        return error


def tried_together(act: Callable[[Sequence[A]], Sequence[Outcome]], values: Sequence[A]) -> Sequence[Outcome]:
    """The outcomes of values that are applied together; each alone, if they fail together for an unknown cause."""
    outcomes = tried(act, values)
    if not isinstance(outcomes, Exception):
        return outcomes
    if len(values) == 1 or isinstance(outcomes, Conflict | Unavailable):
        return [outcomes] * len(values)
    # One of them is at fault: it alone is to come again.
    return [tried_together(act, [value])[0] for value in values]


def one_by_one(act: Callable[[str], Outcome]) -> Take:
    """Applies each body on its own."""
    return lambda messages: [tried(act, message.body) for message in messages]


def reading(read: Callable[[str], T], act: Callable[[Sequence[T]], Mapping[T, Outcome]]) -> Take:
    """Reads each body, and applies all of them together, equal ones once."""

    def take(messages: Sequence[Received]) -> Sequence[Outcome]:
        entries = [tried(read, message.body) for message in messages]
        outcomes = act([*dict.fromkeys(each for each in entries if not isinstance(each, Exception))])
        return [each if isinstance(each, Exception) else outcomes[each] for each in entries]

    return take
