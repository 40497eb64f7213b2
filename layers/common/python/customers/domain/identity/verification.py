"""Verification of a phone: the customer gets a link by SMS, opens it, and presses a button."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone

LINK_LIVES = timedelta(hours=24)
"""The lifetime of a link, from when it is sent."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A pending verification of a customer's phone. A customer has at most one: a later one replaces it."""

    id: str
    phone: Phone
    requested_at: datetime
    sent: bool = False
    """Whether a link has been sent."""


@dataclass(frozen=True, slots=True)
class Link:
    """The customer and the verification that a token stands for."""

    enterprise: str
    customer_id: str
    verification_id: str


NOBODY = Link("-", "-", "-")
"""Used for an unknown token: it is looked up as well, so that all refusals take equally long."""
NO_SUCH_TOKEN = "was used or replaced, has expired or never existed; ask the shop for a new link"  # noqa: S105 - no secret


def still_asked(link: Link, verification: Verification | None, profile: Profile | None) -> Verification | None:
    """The verification, if it is the customer's present one, and for the customer's present phone."""
    if verification is None or verification.id != link.verification_id:
        return None
    if profile is None or profile.disabled:
        return None
    if (profile.customer_id, profile.phone) != (link.customer_id, verification.phone):
        return None
    return verification


def token_hash(token: str) -> str:
    """The token as it is stored: no usable link. SHA-256 is enough, because tokens cannot be guessed."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
