"""Whose a provider id is: of all links that were said of it, the latest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from customers.domain.address import CustomerId
from customers.domain.facts import CustomerFact, ProviderIdLinked
from customers.store import records
from customers.store.accounts import Accounts, Owner
from customers.store.writes import put, replace_customer


@dataclass(frozen=True, slots=True)
class Claim:
    """A link's claim to its provider id, as far as an earlier or later one of another customer concerns it."""

    writes: tuple[Any, ...] = ()
    outclaimed: frozenset[str] = frozenset()


def claim(accounts: Accounts, customers: str, records_table: str, fact: CustomerFact, customer_id: str) -> Claim:
    """What a fact changes in whose a provider id is: nothing, unless it links one."""
    if not isinstance(fact.news, ProviderIdLinked):
        return Claim()
    linked = fact.news.provider_customer_id
    owner = accounts.owner(fact.enterprise, linked)
    if owner and owner.stamp > str(fact.stamp):
        return Claim(outclaimed=frozenset() if owner.customer_id == customer_id else frozenset({linked}))
    row = {
        **records.provider_owner_key(fact.enterprise, linked),
        "customer_id": {"S": customer_id},
        "stamp": {"S": str(fact.stamp)},
    }
    if owner is None:
        return Claim((put(records_table, row, "attribute_not_exists(pk)"),))
    taken = put(records_table, row, "stamp = :before", {":before": {"S": owner.stamp}})
    if owner.customer_id == customer_id:
        return Claim((taken,))
    return Claim((taken, *_lose(accounts, customers, fact.enterprise, linked, owner)))


def _lose(accounts: Accounts, customers: str, enterprise: str, linked: str, owner: Owner) -> Iterator[Any]:
    """Who had the id by an earlier statement loses it in the same transaction."""
    loser = accounts.find(enterprise, CustomerId(owner.customer_id))
    if loser:
        kept = tuple(each for each in loser.provider_ids if each != linked)
        yield from replace_customer(
            customers, enterprise, loser, replace(loser, provider_ids=kept, version=loser.version + 1)
        )
