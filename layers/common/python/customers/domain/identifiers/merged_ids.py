"""Which ids of customers were one customer at an instant: merges never end, and each one has its instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MergedInto:
    """The customer that absorbed another one, and since when, as a sortable instant."""

    customer_id: str
    at: str


@dataclass(frozen=True, slots=True)
class MergedIds:
    """The merge of each absorbed customer, by the absorbed id."""

    merges: Mapping[str, MergedInto] = field(default_factory=dict)

    def root(self, customer_id: str, at: str | None = None) -> str:
        """The id of the customer that an id belongs to, now or at an instant."""
        merge = self.merges.get(customer_id)
        while merge and (at is None or merge.at <= at):
            customer_id, merge = merge.customer_id, self.merges.get(merge.customer_id)
        return customer_id

    def are_one(self, one: str, other: str, at: str) -> bool:
        """Whether two ids belonged to the same customer at an instant."""
        return self.root(one, at) == self.root(other, at)
