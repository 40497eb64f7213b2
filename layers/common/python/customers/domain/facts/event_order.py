"""The order of facts: which of two statements is the later one, and when an identifier is said to be held."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from customers.domain.instants import sortable_instant


@dataclass(frozen=True, slots=True)
class EventOrder:
    """The order of facts: the later one wins, at the same instant the greater fact id.

    `received_at` is when this system first received the fact. It is None where it says nothing new: for what this
    system states itself, and where it does not lie before `occurred_at`.
    """

    occurred_at: datetime
    fact_id: str
    received_at: datetime | None = field(default=None, compare=False)

    @property
    def held_at(self) -> datetime:
        """The instant for the question who held an identifier: a clock that runs ahead counts as the receipt."""
        return min(self.occurred_at, self.received_at or self.occurred_at)

    @property
    def held_stamp(self) -> str:
        """The order of statements about who holds a provider id."""
        return f"{sortable_instant(self.held_at)}#{self.fact_id}"

    def received(self, at: datetime) -> EventOrder:
        """The same order of a fact that was received then."""
        return replace(self, received_at=at if at < self.occurred_at else None)

    def __str__(self) -> str:
        return f"{sortable_instant(self.occurred_at)}#{self.fact_id}"
