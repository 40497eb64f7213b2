"""A pseudonym replaces an identifier that must not be stored: a keyed hash that needs the secret."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.identifiers.phone import Phone

Secret = Callable[[str], bytes]
"""Gives the key for a purpose: 32 bytes, always the same for the same purpose. `store/aws/derived_keys.py` has it."""


def pseudonym(secret: Secret, enterprise: str, text: str) -> str:
    """32 hexadecimal digits, the same for the same text of the same enterprise.

    HMAC-SHA-256: a plain hash could be found by trying out all phones.
    """
    return hmac.new(secret(f"pseudonyms#{enterprise}"), text.encode(), "sha256").hexdigest()[:32]


def named(secret: Secret, enterprise: str, about: Address) -> str:
    """The pseudonym of an address: whom an entry named can be compared, and not read."""
    match about:
        case Phone(e164=text):
            pass
        case CustomerId(value=value):
            text = f"customer#{value}"
        case ProviderId(value=value):
            # No phone begins so.
            text = f"provider#{value}"
    return pseudonym(secret, enterprise, text)
