"""Verifying that a phone is its customer's: a link goes there by SMS, and whoever opens it presses a button."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.domain.phone import Phone
from customers.domain.profile import Profile

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

    def stated_at(self, now: datetime) -> datetime:
        """When it is verified. After the phone was moved, which is when this was requested: clocks may differ."""
        return max(now, self.requested_at + timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a token verifies, and by which verification."""

    enterprise: str
    customer_id: str
    verification_id: str


NOBODY = Link("-", "-", "-")
"""What a token leads to that leads to nobody: to be looked for all the same, so that no refusal is quicker."""


def still_asked(
    verification_id: str, verification: Verification | None, profile: Profile | None
) -> Verification | None:
    """The verification, if it is the one that the customer is asked for now, of the phone that the customer has."""
    if verification is None or verification.id != verification_id:
        return None
    if profile is None or profile.disabled or profile.phone != verification.phone:
        return None
    return verification


def token_hash(token: str) -> str:
    """As it is kept: whoever reads the table holds no link. SHA-256 suffices, for no token can be guessed."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
