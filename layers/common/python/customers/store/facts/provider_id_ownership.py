"""Which customer owns a provider id: the one whom the latest link names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb.transactions import put
from customers.store.facts.customer_finder import CustomerFinder, Owner
from customers.store.records.keys import provider_owner_key


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a link finds of the provider id: its owner, and another customer who holds it by that, if there is one."""

    owner: Owner | None
    holder: Profile | None

    def outclaimed(self, fact: CustomerFact, linked: str) -> frozenset[str]:
        """The id, if a later link has given it to another customer."""
        return frozenset({linked}) if self.holder and not self.is_older(fact) else frozenset()

    def is_older(self, fact: CustomerFact) -> bool:
        """Whether the fact takes the id over."""
        return self.owner is None or self.owner.order <= str(fact.order)


def find_ownership(finder: CustomerFinder, fact: CustomerFact, customer_id: str) -> Ownership | None:
    """None unless the fact is a link. A customer absorbed by this one is this one."""
    if not isinstance(fact.payload, ProviderIdLinked):
        return None
    owner = finder.owner(fact.enterprise, fact.payload.provider_customer_id)
    return Ownership(owner, _other_holder(finder, fact.enterprise, owner, customer_id) if owner else None)


def ownership_writes(
    customers: str, records_table: str, ownership: Ownership | None, facts: Sequence[CustomerFact], customer_id: str
) -> Iterator[Any]:
    """What a link, which is alone in its transaction, changes of the ownership."""
    if ownership is None or not facts or not ownership.is_older(facts[0]):
        return
    fact, owner = facts[0], ownership.owner
    assert isinstance(fact.payload, ProviderIdLinked)  # noqa: S101 - nothing else finds an ownership
    linked = fact.payload.provider_customer_id
    row = {
        **provider_owner_key(fact.enterprise, linked),
        "customer_id": {"S": customer_id},
        "stamp": {"S": str(fact.order)},
    }
    if owner is None:
        yield put(records_table, row, "attribute_not_exists(pk)")
        return
    yield put(records_table, row, "stamp = :before", {":before": {"S": owner.order}})
    if holder := ownership.holder:
        # The customer who had the id by an earlier link loses it in the same transaction.
        kept = tuple(each for each in holder.provider_ids if each != linked)
        after = replace(holder, provider_ids=kept, version=holder.version + 1)
        yield from replace_customer(customers, fact.enterprise, holder, after)


def _other_holder(finder: CustomerFinder, enterprise: str, owner: Owner, customer_id: str) -> Profile | None:
    if owner.customer_id == customer_id:
        return None
    holder = finder.by_id(enterprise, owner.customer_id).profile
    if holder and holder.erased:
        return None
    return holder if holder and holder.customer_id != customer_id else None
