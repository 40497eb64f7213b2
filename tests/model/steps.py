"""What a history consists of: facts as they were received, and what the office did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

How = Literal["phone", "provider", "customer"]


@dataclass(frozen=True)
class Named:
    """Whom a fact names: a phone, a provider id, or the id of the customer at a phone when the fact was sent."""

    how: How
    value: str


@dataclass(frozen=True)
class Fact:
    """One message. The same fact may come again as another message."""

    kind: str
    fact_id: str
    occurred_at: datetime
    received_at: datetime
    named: Named
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[datetime, str]:
        """Of two statements about one thing the later one holds."""
        return self.occurred_at, self.fact_id

    @property
    def held_at(self) -> datetime:
        """The instant that decides who was meant: a clock that runs ahead counts as the receipt."""
        return min(self.occurred_at, self.received_at)

    @property
    def content(self) -> tuple[Any, ...]:
        """What is the same if the fact is the same, apart from the customer."""
        return self.kind, self.occurred_at, tuple(sorted((name, str(value)) for name, value in self.fields.items()))


@dataclass(frozen=True)
class Correction:
    """The office corrects the name, the phone or both of the customer at a phone."""

    at: datetime
    phone: str
    new_phone: str | None = None
    new_name: str | None = None


@dataclass(frozen=True)
class Merge:
    """The office merges the customer at one phone into the customer at another."""

    at: datetime
    survivor: str
    absorbed: str


@dataclass(frozen=True)
class Kept:
    """What a part keeps of the time when it was one with others."""

    part: str
    refused: frozenset[str] = frozenset()
    disabled: bool = False


@dataclass(frozen=True)
class Unmerge:
    """The office sets the customer free who was absorbed with a phone."""

    at: datetime
    phone: str
    kept: tuple[Kept, ...] = ()
    """What came of it. A history does not say it."""


@dataclass(frozen=True)
class Verification:
    """The customer at a phone opens the latest link that a correction sent there."""

    at: datetime
    phone: str


@dataclass(frozen=True)
class Erasure:
    """The office erases the customer at a phone."""

    at: datetime
    phone: str
    outcome: Literal["hard_deleted", "anonymized", ""] = ""
    """What came of it. A history does not say it."""


Act = Correction | Merge | Unmerge | Verification | Erasure
Step = Fact | Act
