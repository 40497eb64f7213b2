"""A customer's history: the ledger, newest first, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from customers.domain.facts.event_order import EventOrder

EVENT_ENTRY = "event."
"""How the type of a recorded event's entry begins. No projection is folded from these entries."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as it is shown. `detail` holds its fields as they were sent."""

    order: EventOrder
    type: str
    detail: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of entries, newest first. `more` says whether there are older ones."""

    entries: Sequence[Entry]
    more: bool

    @property
    def end(self) -> str | None:
        """Where the next page begins; None after the last page."""
        return str(self.entries[-1].order) if self.more else None
