"""The customer that a request names, by phone or provider id. Plain types only: a lookup imports this."""

from __future__ import annotations

from customers.domain.enterprise import Settings
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone, normalise
from customers.domain.refusals import ValidationError

MAX_PROVIDER_ID = 128


def read_address(phone: str | None, provider_id: str | None, settings: Settings) -> Phone | ProviderId:
    """The phone if there is one, else the provider id. Raises `ValidationError`."""
    if phone is not None:
        return normalise(phone, settings.home_region)
    if provider_id is not None:
        return _provider_id(provider_id)
    raise ValidationError("phone", "is missing: send phone or provider_customer_id")


def _provider_id(text: str) -> ProviderId:
    text = text.strip()
    if not 0 < len(text) <= MAX_PROVIDER_ID or not text.isprintable():
        raise ValidationError("provider_customer_id", f"must be 1 to {MAX_PROVIDER_ID} printable characters")
    return ProviderId(text)
