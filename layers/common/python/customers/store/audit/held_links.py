"""The provider ids that a customer holds, by the rows of the ids: no ledger alone tells that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from customers.domain.facts.account import HELD, TAKEN_BACK, Account, FieldVersions, shown_provider_ids, with_links_of
from customers.domain.facts.fact import LedgerEntry, ProviderIdLinked
from customers.domain.refusals import ValidationError
from customers.store.customers.pointers import marks_of, merges_of
from customers.store.dynamodb.items import Item
from customers.store.facts.provider_holdings import HoldingsByProviderId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class HeldLinks:
    """Strongly consistent reads of the Records table. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, records_table: str) -> None:
        self._client = client
        self._records = records_table
        self._holdings = HoldingsByProviderId(client, records_table, None)

    def of(self, enterprise: str, customer_id: str, entries: Sequence[LedgerEntry], pointer: Item) -> FieldVersions:
        """As field versions. Raises `ValidationError` if nobody can tell."""
        linked = sorted(
            {entry.payload.provider_customer_id for entry in entries if isinstance(entry.payload, ProviderIdLinked)}
        )
        stored = self._holdings.of_each(enterprise, linked)
        marks = marks_of(pointer) if "marks" in pointer else {}
        if any(each.row is None and f"{HELD}{each.provider_id}" in marks for each in stored):
            raise ValidationError(
                "provider_ids",
                "the holders of one are lost; link it again for each customer who had it, with a new fact_id",
            )
        links = [(each.provider_id, each.holdings.link) for each in stored]
        owner = merges_of(self._client, self._records, enterprise, {link.customer_id for _, link in links if link}).root
        # That one part took back another part's link matters if the two are parted: no ledger alone tells it either.
        return {thing: stamp for thing, stamp in marks.items() if thing.startswith(TAKEN_BACK)} | {
            f"{HELD}{provider_id}": link.stamp
            for provider_id, link in links
            if link and owner(link.customer_id) == customer_id
        }


def with_links(account: Account, links: FieldVersions) -> Account:
    """The account that holds these provider ids and no others."""
    account = replace(account, field_versions=with_links_of(links, account))
    return account.with_profile(provider_ids=shown_provider_ids(links))
