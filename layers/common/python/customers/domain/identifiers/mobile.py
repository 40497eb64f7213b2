"""Whether a message can be sent to a phone: stricter than `normalise`, and with the phone library.

A module of its own: a lookup must not pay for the library.
"""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberType

from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import ValidationError

_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Where a plan does not tell the two apart (North America), it may be one."""


def require_mobile(phone: Phone, field: str = "phone") -> None:
    """Raises `ValidationError` where it is no mobile number that somebody may have: a link could not reach it."""
    number = phonenumbers.parse(phone.e164, None)
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _MOBILE:
        raise ValidationError(field, "must be a mobile number that is in use: a link to verify it is sent there by SMS")
