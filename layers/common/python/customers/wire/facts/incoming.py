"""A fact about a customer, validated but not yet read with its enterprise's settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from customers.domain.enterprise import Settings
from customers.domain.facts.entry_codec import payload_of
from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.fact_types import FACT_TYPES
from customers.domain.refusals import NotYet
from customers.wire.facts.detail import CustomerDetail


@dataclass(frozen=True, slots=True)
class Incoming:
    """A phone without a country code needs the settings: `fact` takes them."""

    type: str
    enterprise: str
    detail: CustomerDetail = field(repr=False)
    received_at: datetime

    def fact(self, settings: Settings | None) -> CustomerFact:
        """Raises `ValidationError` if the phone cannot be one, `NotYet` if the enterprise is not configured yet."""
        if settings is None:
            raise NotYet("enterprise_id", "this enterprise has not been configured yet")
        detail = self.detail
        return CustomerFact(
            enterprise=self.enterprise,
            books=settings.currency,
            order=detail.order().received(self.received_at),
            type=self.type,
            payload=payload_of(self.type, detail.own(FACT_TYPES[self.type].fields)),
            included_in=detail.included_in or "",
            about=detail.customer.address(settings.home_region),
        )
