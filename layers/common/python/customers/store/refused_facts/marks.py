"""Reads the marks of erased customers, and decides whether a refused fact is about one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from customers.domain.facts.refused_facts import RefusedFact
from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.store.dynamodb import reads
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.refused_facts.rows import Mark, mark_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Marks:
    """Strongly consistent reads. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, table: str, identifier_holders: HoldersByIdentifier) -> None:
        self._client = client
        self._table = table
        self._identifier_holders = identifier_holders

    def of(self, enterprise: str, names: Sequence[str]) -> list[Mark]:
        """The marks of these addresses, in their order; one request for a hundred."""
        keys = [Mark(enterprise, name).key for name in names]
        rows = {row["pk"]["S"]: row for row in reads.get_all(self._client, self._table, keys)}
        return [mark_of(enterprise, name, rows.get(key["pk"]["S"])) for name, key in zip(names, keys, strict=True)]

    def erased(self, fact: RefusedFact, marks: Sequence[Mark], received_at: datetime) -> tuple[str, bool] | None:
        """The erased customer that a fact is about, and whether their books are kept. `marks` are of its addresses."""
        for mark in marks:
            for customer_id, (ids, keeps_books) in mark.erased.items():
                if self.is_about(fact, ids, received_at):
                    return customer_id, keeps_books
        return None

    def is_about(
        self, fact: RefusedFact, ids: Collection[str], received_at: datetime, phones: Collection[str] = ()
    ) -> bool:
        """Whether one of a fact's addresses meant one of these customers. `phones` lead to one of them now."""
        # A fact cannot have happened after it arrived, whatever its producer's clock says.
        at = min(fact.at, received_at) if fact.at else None
        return any(self._meant(fact.enterprise, address, at, ids, phones) for address in fact.about)

    def _meant(
        self, enterprise: str, address: Address, at: datetime | None, ids: Collection[str], phones: Collection[str]
    ) -> bool:
        """At the instant of the fact; at any time, if the fact has no instant."""
        if isinstance(address, CustomerId):
            return address.value in ids
        if isinstance(address, ProviderId):
            held = self._identifier_holders.provider_ids.of(enterprise, address.value).holdings
            return any(each in ids for each in ([held.holder(at)] if at else held.customer_ids))
        former = self._identifier_holders.of(enterprise, address)
        # Nobody who gave it up had it then: it is of who has it now.
        if at and (holder := former.holder(at)):
            return holder in ids
        return address.e164 in phones or (at is None and any(each.customer_id in ids for each in former.holders))
