"""Whose a provider id is: of all links that were said of it, the latest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked
from customers.store import records
from customers.store.dynamodb.transactions import put, replace_customer
from customers.store.facts.accounts import Accounts, Owner


@dataclass(frozen=True, slots=True)
class Claim:
    """A link's claim to its provider id, as far as an earlier or later one of another customer concerns it."""

    writes: tuple[Any, ...] = ()
    outclaimed: frozenset[str] = frozenset()


def claim(accounts: Accounts, customers: str, records_table: str, fact: CustomerFact, customer_id: str) -> Claim:
    """What a fact changes in whose a provider id is: nothing, unless it links one."""
    if not isinstance(fact.payload, ProviderIdLinked):
        return Claim()
    linked = fact.payload.provider_customer_id
    owner = accounts.owner(fact.enterprise, linked)
    # Who has been absorbed by this very customer is this customer.
    holder = _other_holder(accounts, fact.enterprise, owner, customer_id) if owner else None
    if owner and owner.order > str(fact.order):
        return Claim(outclaimed=frozenset({linked}) if holder else frozenset())
    row = {
        **records.provider_owner_key(fact.enterprise, linked),
        "customer_id": {"S": customer_id},
        "stamp": {"S": str(fact.order)},
    }
    if owner is None:
        return Claim((put(records_table, row, "attribute_not_exists(pk)"),))
    taken = put(records_table, row, "stamp = :before", {":before": {"S": owner.order}})
    return Claim((taken, *(_lose(customers, fact.enterprise, linked, holder) if holder else ())))


def _other_holder(accounts: Accounts, enterprise: str, owner: Owner, customer_id: str) -> Profile | None:
    if owner.customer_id == customer_id:
        return None
    holder = accounts.by_id(enterprise, owner.customer_id).profile
    if holder and holder.erased:
        return None
    return holder if holder and holder.customer_id != customer_id else None


def _lose(customers: str, enterprise: str, linked: str, holder: Profile) -> Iterator[Any]:
    """Who had the id by an earlier statement loses it in the same transaction."""
    kept = tuple(each for each in holder.provider_ids if each != linked)
    yield from replace_customer(
        customers, enterprise, holder, replace(holder, provider_ids=kept, version=holder.version + 1)
    )
