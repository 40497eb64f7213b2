"""Verifying that a phone is its customer's: a link goes there by SMS, and whoever opens it presses a button."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone

LINK_LIVES = timedelta(hours=24)
"""From when it is sent."""


@dataclass(frozen=True, slots=True)
class Verification:
    """That a customer's phone is to be verified. Each customer has at most one; a later one takes its place."""

    id: str
    phone: Phone
    requested_at: datetime
    sent: bool = False
    """Whether a link has gone out."""


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a token verifies, and by which verification."""

    enterprise: str
    customer_id: str
    verification_id: str


NOBODY = Link("-", "-", "-")
"""Where a token leads that leads nowhere: looked for all the same, so that no refusal comes sooner than another."""
NO_SUCH_TOKEN = "was used or replaced, has expired, or never was: have a new link sent"  # noqa: S105 - no secret


def still_asked(link: Link, verification: Verification | None, profile: Profile | None) -> Verification | None:
    """The verification, if it is the one that the customer is asked for now, of the phone that the customer has."""
    if verification is None or verification.id != link.verification_id:
        return None
    if profile is None or profile.disabled:
        return None
    if (profile.customer_id, profile.phone) != (link.customer_id, verification.phone):
        return None
    return verification


def token_hash(token: str) -> str:
    """As it is kept: whoever reads the table holds no link. SHA-256 suffices, for no token can be guessed."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
