"""The provider ids of a merged customer who becomes two again.

An unlink by one part may have taken back a link of another part. If the two have never been one, it has not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from customers.domain.facts.account import HELD, TAKEN_BACK, Account, links_in
from customers.domain.identifiers.merged_ids import MergedIds, MergedInto
from customers.domain.identifiers.provider_holdings import ProviderHoldings
from customers.domain.instants import sortable_instant


def linked_ids(whole: Account) -> list[str]:
    """The provider ids that a customer holds, and those of which one part took back another part's link."""
    return sorted({thing.partition("#")[2] for thing in links_in(whole.field_versions)})


@dataclass(frozen=True, slots=True)
class Parted:
    """Who held each of the `linked_ids`, and the merges that still hold, once a part has been set free."""

    holdings: Mapping[str, ProviderHoldings] = field(repr=False)
    merges: MergedIds

    @staticmethod
    def of(whole: Account, freed_id: str, holdings: Mapping[str, ProviderHoldings]) -> Parted:
        """`holdings` are as they were before."""
        assert whole.parts  # noqa: S101 - one of them is set free
        merges = MergedIds(
            {
                each.absorbed_id: MergedInto(each.survivor_id, sortable_instant(each.at))
                for each in whole.parts.merges
                if each.absorbed_id != freed_id
            }
        )
        parted = {
            each: held.parted(whole.parts.parts, merges) if f"{TAKEN_BACK}{each}" in whole.field_versions else held
            for each, held in holdings.items()
        }
        return Parted(parted, merges)

    def links_of(self, part_ids: Collection[str]) -> dict[str, str]:
        """The field versions of provider ids of the customer who has these parts."""
        links: dict[str, str] = {}
        for provider_id, held in self.holdings.items():
            if held.link and held.link.customer_id in part_ids:
                links[f"{HELD}{provider_id}"] = held.link.stamp
            for customer_id, since in held.taken_back(self.merges).items():
                if customer_id in part_ids:
                    links[f"{TAKEN_BACK}{provider_id}"] = since
        return links
