"""A customer's history: what the ledger holds, newest first, in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from customers.domain.facts.fact import EventOrder


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that has happened. `detail` is what was said of it, as it was said."""

    order: EventOrder
    type: str
    detail: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of the history, newest first. `more` says whether there are older ones."""

    entries: Sequence[Entry]
    more: bool

    @property
    def end(self) -> str | None:
        """Where the next page begins; None where there is none."""
        return str(self.entries[-1].order) if self.more else None
