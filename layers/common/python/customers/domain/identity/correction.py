"""Putting a mistyped name or phone right."""

from __future__ import annotations

from customers.domain.customers.profile import Profile
from customers.domain.facts.fact import Corrected
from customers.domain.identifiers.mobile import require_mobile
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import ValidationError

TAKEN = "is another customer's; if both are one person, merge them: POST /v1/partner/customers/{id}/merge"


def correction(profile: Profile, name: str | None, phone: Phone | None) -> Corrected | None:
    """What of it is new; None where all is so already. Raises `ValidationError`."""
    new_name = name if name != profile.name else None
    new_phone = phone if phone != profile.phone else None
    if new_phone and profile.disabled:
        raise ValidationError("phone", "of a disabled customer cannot be corrected; enable the customer first")
    return Corrected(new_name, new_phone) if new_name or new_phone else None


def to_verify(profile: Profile, phone: Phone | None) -> Phone | None:
    """Where a link is to go: to a phone that is new, or that was given again because it has not been verified yet.

    Raises `ValidationError`.
    """
    if phone is None or (phone == profile.phone and (profile.verified or profile.disabled)):
        return None
    require_mobile(phone)
    return phone


def corrected_fields(payload: Corrected | None) -> list[str]:
    """What was put right, without what it was."""
    if payload is None:
        return []
    return [name for name, value in (("name", payload.name), ("phone", payload.phone)) if value is not None]
