"""A fact id names one thing for good. What a record keeps of a fact, to tell the same fact from another one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from customers.domain.canonical_json import canonical_json
from customers.domain.facts.entry_codec import encode
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.fact import CustomerFact, CustomerPayload
from customers.domain.identifiers.pseudonym import Secret, named, pseudonym
from customers.domain.instants import sortable_instant
from customers.domain.refusals import CannotApply


@dataclass(frozen=True, slots=True)
class FactIdentity:
    """What a fact said, and whom it named: keyed hashes, which tell nothing of a person without the key.

    `customer_id` is the customer whom it was applied to; None where that customer has been deleted.
    """

    said: str = field(repr=False)
    named: str = field(repr=False)
    customer_id: str | None

    def is_same(self, other: FactIdentity) -> bool:
        """Whether two facts with one id are one fact. The same customer may be named in another way."""
        return self.said == other.said and (self.named == other.named or self._has_customer_of(other))

    def _has_customer_of(self, other: FactIdentity) -> bool:
        return self.customer_id is not None and self.customer_id == other.customer_id


def identity_of(secret: Secret, fact: CustomerFact, customer_id: str | None) -> FactIdentity:
    """The identity of a fact about this customer."""
    said = _said(fact.type, fact.order, fact.payload, fact.included_in)
    who = named(secret, fact.enterprise, fact.about)
    return FactIdentity(pseudonym(secret, fact.enterprise, said), who, customer_id)


def said_in(
    secret: Secret, enterprise: str, kind: str, order: EventOrder, payload: CustomerPayload, included_in: str
) -> str:
    """The pseudonym of what a fact said: its type, instant and content."""
    return pseudonym(secret, enterprise, _said(kind, order, payload, included_in))


def _said(kind: str, order: EventOrder, payload: CustomerPayload, included_in: str) -> str:
    at = sortable_instant(order.occurred_at)
    detail = canonical_json(json.loads(encode(kind, payload)))
    # No JSON ends so.
    history = f"#{included_in}" if included_in else ""
    return f"said#{kind}#{at}#{detail}{history}"


def another() -> CannotApply:
    """The refusal of a fact whose id names another fact already."""
    return CannotApply("fact_id", "is the id of another fact: one id names one thing for good; send this one anew")
