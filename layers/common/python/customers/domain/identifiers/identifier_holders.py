"""Who has had a phone before: facts that are late follow the person, not the number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tenure:
    """A customer had the number until an instant, which is no longer part of it."""

    until: datetime
    customer_id: str


@dataclass(frozen=True, slots=True)
class Former:
    """All who have had a number, the first one first. `revision` counts them, also those that erasure has taken out."""

    tenures: tuple[Tenure, ...] = ()
    revision: int = 0

    def holder(self, at: datetime) -> str | None:
        """Whose the number was at an instant, by id; None for an instant since it was last given up."""
        return next((tenure.customer_id for tenure in self.tenures if at < tenure.until), None)

    @property
    def last_until(self) -> datetime | None:
        """Since when it is nobody's, or somebody else's."""
        return self.tenures[-1].until if self.tenures else None

    def given_up(self, until: datetime, customer_id: str) -> Former:
        """The same, once one more has left it. A clock that lags behind the last one's does not reorder them."""
        until = max(until, self.last_until or until)
        return Former((*self.tenures, Tenure(until, customer_id)), self.revision + 1)
