"""Which records of a customer facts concern: those that are read before the facts are applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import CustomerFact, PromoClosed, PromoGranted, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.facts.fact_types import is_state, record_of
from customers.domain.facts.grants.grant import LooseEnd, scoped
from customers.domain.facts.imported import Imported
from customers.store.dynamodb.items import Item
from customers.store.records.keys import PART, POINTER, record_key


def concerned_keys(facts: Sequence[CustomerFact], profile: Profile) -> list[Item]:
    """The keys of the records that facts about one part of a customer may change.

    They are the customer's pointer, and rows of the part. An erased customer has neither pointer nor part.
    """
    enterprise, customer_id = facts[0].enterprise, profile.customer_id
    part_id = facts[0].scope or customer_id
    wanted = {sk for fact in facts for sk in _concerned_by(fact)}
    if profile.loose_ends:
        wanted |= {LooseEnd(each).key for fact in facts for each in grant_ids(fact)}
    keys = [record_key(enterprise, part_id, sk) for sk in sorted(wanted - {POINTER})]
    if profile.erased:
        return keys
    if POINTER in wanted:
        keys.append(record_key(enterprise, customer_id, POINTER))
    if profile.absorbed:
        keys.append(record_key(enterprise, part_id, PART))
    if part_id != customer_id:
        # It says whether the part is still one.
        keys.append(record_key(enterprise, part_id, POINTER))
    return keys


def _concerned_by(fact: CustomerFact) -> Iterator[str]:
    """The sort keys of the records that a fact may change: the pointer, or rows of its part."""
    payload = fact.payload
    is_link = isinstance(payload, ProviderIdLinked | ProviderIdUnlinked)
    if sk := POINTER if is_link or is_state(payload) else record_of(payload, ""):
        yield sk
    if isinstance(payload, Imported):
        yield scoped("import", payload.source, "")
        yield from (scoped("grant", each, "") for each in grant_ids(fact))


def grant_ids(fact: CustomerFact) -> list[str]:
    """The ids of the grants that a fact grants or ends."""
    if isinstance(fact.payload, Imported):
        return [each.grant_id for each in fact.payload.grants or ()]
    return [fact.payload.grant_id] if isinstance(fact.payload, PromoGranted | PromoClosed) else []
