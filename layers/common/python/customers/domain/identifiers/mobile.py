"""Whether a phone can receive an SMS. Stricter than `normalise`, and uses the phone library.

A separate module, because a lookup must not pay for importing the library.
"""

from __future__ import annotations

from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberType

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import ValidationError

_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Some plans do not distinguish the two (North America): then it may be a mobile number."""


def require_mobile(phone: Phone, countries: Collection[str] | None = None, field: str = "phone") -> None:
    """Raises `ValidationError` if no mobile phone can have this number, or one of another country: a link could not
    reach it. `countries` are ISO 3166-1 alpha-2, None for all.
    """
    number = phonenumbers.parse(phone.e164, None)
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _MOBILE:
        raise ValidationError(field, "must be a valid mobile number, because we send it a verification link by SMS")
    if countries is not None and phonenumbers.region_code_for_number(number) not in countries:
        allowed = ", ".join(sorted(countries)) or "none"
        raise ValidationError(field, f"must be of a country to which the enterprise sends SMS: {allowed}")
