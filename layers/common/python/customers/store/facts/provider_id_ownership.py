"""Which customer owns a provider id: the one whom the latest link names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb.transactions import put
from customers.store.facts.customer_finder import CustomerFinder, Owner
from customers.store.records.keys import provider_owner_key


@dataclass(frozen=True, slots=True)
class OwnershipChange:
    """What a link writes about the ownership, and the provider ids that a later link has given to another customer."""

    writes: tuple[Any, ...] = ()
    outclaimed: frozenset[str] = frozenset()


def ownership_change(
    finder: CustomerFinder, customers: str, records_table: str, fact: CustomerFact, customer_id: str
) -> OwnershipChange:
    """What a fact changes in the ownership of a provider id: nothing, unless it links one."""
    if not isinstance(fact.payload, ProviderIdLinked):
        return OwnershipChange()
    linked = fact.payload.provider_customer_id
    owner = finder.owner(fact.enterprise, linked)
    # A customer absorbed by this one is this one.
    holder = _other_holder(finder, fact.enterprise, owner, customer_id) if owner else None
    if owner and owner.order > str(fact.order):
        return OwnershipChange(outclaimed=frozenset({linked}) if holder else frozenset())
    row = {
        **provider_owner_key(fact.enterprise, linked),
        "customer_id": {"S": customer_id},
        "stamp": {"S": str(fact.order)},
    }
    if owner is None:
        return OwnershipChange((put(records_table, row, "attribute_not_exists(pk)"),))
    taken = put(records_table, row, "stamp = :before", {":before": {"S": owner.order}})
    return OwnershipChange((taken, *(_lose(customers, fact.enterprise, linked, holder) if holder else ())))


def _other_holder(finder: CustomerFinder, enterprise: str, owner: Owner, customer_id: str) -> Profile | None:
    if owner.customer_id == customer_id:
        return None
    holder = finder.by_id(enterprise, owner.customer_id).profile
    if holder and holder.erased:
        return None
    return holder if holder and holder.customer_id != customer_id else None


def _lose(customers: str, enterprise: str, linked: str, holder: Profile) -> Iterator[Any]:
    """The customer who had the id by an earlier link loses it in the same transaction."""
    kept = tuple(each for each in holder.provider_ids if each != linked)
    yield from replace_customer(
        customers, enterprise, holder, replace(holder, provider_ids=kept, version=holder.version + 1)
    )
