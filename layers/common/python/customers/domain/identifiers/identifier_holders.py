"""The former holders of a phone or a provider id: late facts follow the person, not the number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FormerHolder:
    """A customer who held the identifier until an instant, which is excluded."""

    until: datetime
    customer_id: str


@dataclass(frozen=True, slots=True)
class IdentifierHolders:
    """All former holders, the earliest first. `revision` counts them, including those that an erasure removed."""

    holders: tuple[FormerHolder, ...] = ()
    revision: int = 0

    def holder(self, at: datetime) -> str | None:
        """The id of the holder at an instant; None for an instant after the last one gave it up."""
        return next((each.customer_id for each in self.holders if at < each.until), None)

    @property
    def last_until(self) -> datetime | None:
        """When the last former holder gave it up."""
        return self.holders[-1].until if self.holders else None

    def given_up(self, until: datetime, customer_id: str) -> IdentifierHolders:
        """With one more former holder. A clock that lags does not change their order."""
        until = max(until, self.last_until or until)
        return IdentifierHolders((*self.holders, FormerHolder(until, customer_id)), self.revision + 1)
