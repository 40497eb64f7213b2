"""How a fact names its customer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.identifiers.phone import MAX_TYPED, normalise
from customers.domain.refusals import ValidationError
from customers.wire.facts.fields import Id, Model, ProviderCustomerId


class About(Model):
    """The customer of the fact. If you send several, the first of the three counts."""

    phone: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TYPED)] | None = Field(
        None, description="E.164, or as people type it; without a country code if the enterprise has a home region."
    )
    customer_id: Id | None = Field(None, description="The id that this system gave, `usr_…`.")
    provider_customer_id: ProviderCustomerId | None = Field(
        None, description="The POS provider's own id, as linked by `provider_id.linked`."
    )

    def address(self, home_region: str | None) -> Address:
        if self.phone is not None:
            return normalise(self.phone, home_region, "customer.phone")
        if self.customer_id is not None:
            return CustomerId(self.customer_id)
        if self.provider_customer_id is not None:
            return ProviderId(self.provider_customer_id)
        raise ValidationError("customer", "must hold phone, customer_id or provider_customer_id")
