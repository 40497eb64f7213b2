"""What another system held of a person, in one fact: statements about the person, and sums.

Sums of several sources add up. Facts whose sums are in these figures already say so (`included_in`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from customers.domain.customers.profile import Flat


@dataclass(frozen=True, slots=True)
class ImportedGrant:
    """A grant that was open in the other system."""

    grant_id: str
    amount_minor: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """Money is in minor units. None says nothing. One for each customer and source."""

    source: str
    """The name of the other system."""
    currency: str | None
    name: str | None = field(repr=False)
    verified: bool | None
    member_since: datetime | None
    spendable_minor: int | None
    grants: tuple[ImportedGrant, ...] | None
    lifetime_spend_minor: int | None
    visit_count: int | None
    last_visit_at: datetime | None
    visits: tuple[datetime, ...] | None
    """Those of the last 90 days, which `visit_count` counts too."""
    preferences: Flat | None = field(repr=False)
    consent: Flat | None = field(repr=False)
    provider_customer_ids: tuple[str, ...] | None = field(repr=False)

    @property
    def import_id(self) -> str:
        """What names its record among the customer's."""
        return self.source

    @property
    def known_visits(self) -> tuple[datetime, ...]:
        """All visits with a known instant, ascending. The last one is a visit, also where it is not in `visits`."""
        visits = self.visits or ()
        if self.last_visit_at and self.last_visit_at not in visits:
            visits = (*visits, self.last_visit_at)
        return tuple(sorted(visits))

    @property
    def visited(self) -> int:
        """The number of visits; where it is not stated, of those that are known."""
        return max(self.visit_count or 0, len(self.known_visits))


def link_ids(fact_id: str, imported: Imported) -> Iterator[tuple[str, str]]:
    """The provider ids of an import, each with the id of the ledger entry that links it.

    A space divides the import's own fact id from a number: no id that can be sent has one. The provider id itself is
    personal data, so it is in no key.
    """
    for number, provider_id in enumerate(imported.provider_customer_ids or (), 1):
        yield f"{fact_id} {number}", provider_id
