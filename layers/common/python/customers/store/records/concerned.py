"""Which records of a customer facts concern: those that are read before the facts are applied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from customers.domain.customers.profile import Profile
from customers.domain.facts.account import scoped
from customers.domain.facts.fact import CustomerFact, CustomerPayload, PromoClosed, ProviderIdLinked, ProviderIdUnlinked
from customers.domain.facts.fact_types import is_state, record_of
from customers.domain.facts.imported import Imported
from customers.store.dynamodb.items import Item
from customers.store.records.keys import record_key


def concerned_keys(facts: Sequence[CustomerFact], profile: Profile) -> list[Item]:
    """The keys of a customer's records that facts may change."""
    wanted = sorted({sk for fact in facts for sk in _concerned_by(fact, profile)})
    if profile.erased:
        wanted = [sk for sk in wanted if sk != "pointer"]
    return [record_key(facts[0].enterprise, profile.customer_id, sk) for sk in wanted]


def concerns(payload: CustomerPayload, scope: str) -> str | None:
    """The sort key of the record that a payload changes: the pointer, a grant or a transaction."""
    is_link = isinstance(payload, ProviderIdLinked | ProviderIdUnlinked)
    return "pointer" if is_link or is_state(payload) else record_of(payload, scope)


def _concerned_by(fact: CustomerFact, profile: Profile) -> Iterator[str]:
    """The sort keys of the records that a fact may change."""
    if sk := concerns(fact.payload, fact.scope):
        yield sk
    if isinstance(fact.payload, Imported):
        yield scoped("import", fact.payload.source, fact.scope)
        yield from (scoped("grant", each.grant_id, fact.scope) for each in fact.payload.grants or ())
    if profile.absorbed and isinstance(fact.payload, PromoClosed):
        # An end that names an absorbed customer may mean the survivor's own grant.
        yield scoped("grant", fact.payload.grant_id, "")
