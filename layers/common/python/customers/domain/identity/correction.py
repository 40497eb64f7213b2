"""Corrections of a mistyped name or phone."""

from __future__ import annotations

from collections.abc import Collection

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import Corrected
from customers.domain.identifiers.mobile import require_mobile
from customers.domain.identifiers.phone import Phone

TAKEN = "is another customer's; if both are one person, merge them: POST /v1/partner/customers/{id}/merge"


def correction(profile: Profile, name: str | None, phone: Phone | None) -> Corrected | None:
    """What changes; None if nothing does. A customer may have it corrected also while disabled."""
    new_name = name if name != profile.name else None
    new_phone = phone if phone != profile.phone else None
    return Corrected(new_name, new_phone) if new_name or new_phone else None


def to_verify(profile: Profile, phone: Phone | None, countries: Collection[str] | None = None) -> Phone | None:
    """The phone that gets a link: a new one, or the present one that is not verified yet.

    `countries` are those that get SMS, None for all. A disabled customer gets none: the same phone again, after the
    customer has been enabled, sends it. Raises `ValidationError`.
    """
    if phone is None or (phone == profile.phone and profile.verified):
        return None
    require_mobile(phone, countries)
    return None if profile.disabled else phone


def corrected_fields(payload: Corrected | None) -> list[str]:
    """The names of the corrected fields, without their values."""
    if payload is None:
        return []
    return [name for name, value in (("name", payload.name), ("phone", payload.phone)) if value is not None]
