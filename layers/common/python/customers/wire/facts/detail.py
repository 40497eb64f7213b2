"""The fields that all facts share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import Field

from customers.domain.facts import fact
from customers.domain.facts.event_order import EventOrder
from customers.wire.facts.about import About
from customers.wire.facts.fields import FactId, Id, Instant, Model, Source


class FactDetail(Model):
    """The fields of every fact."""

    fact_id: Annotated[FactId, Field(description="The fact's own id, unique in the enterprise. A retry keeps it.")]
    enterprise_id: Annotated[Id, Field(description="The enterprise in which it happened.")]
    occurred_at: Annotated[
        Instant, Field(description="When it happened: RFC 3339 with a time zone, from 1970 on, at most a day ahead.")
    ]

    def order(self) -> EventOrder:
        return EventOrder(self.occurred_at, self.fact_id)


class EnterpriseDetail(FactDetail):
    def payload(self) -> fact.EnterprisePayload:
        raise NotImplementedError


class CustomerDetail(FactDetail):
    customer: Annotated[About, Field(description="The customer that the fact is about.")]
    included_in: Annotated[
        Source | None,
        Field(
            description="The `source` of a `customer.imported` whose figures have this fact's sums already. Then the "
            "fact is history: a purchase counts in its day, and nothing is added to the customer. One such statement "
            "about a purchase or a refund is enough, also if other facts about it do not say so. A grant neither "
            "begins nor ends by such a fact. What a customer is, such as a name or a consent, counts as always."
        ),
    ] = None

    def own(self, names: Collection[str]) -> Mapping[str, Any]:
        """The values of these fields, as a payload takes them."""
        return {name: getattr(self, name) for name in names}
