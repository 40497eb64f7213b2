"""A customer as a lookup reads it: one row, the whole answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from customers.domain.customers.activity import NO_ACTIVITY, Activity
from customers.domain.identifiers.phone import Phone

State = Literal["PENDING_PROOF", "VERIFIED", "DISABLED"]
Outcome = Literal["hard_deleted", "anonymized"]
Scalar = str | int | float | bool | None
Flat = dict[str, Scalar]
"""A flat object, as preferences and consent are."""


NO_PHONE = Phone("")
"""Of who is erased."""


@dataclass(frozen=True, slots=True)
class Erased:
    """When a person was erased, how, and under which erasure."""

    at: datetime
    outcome: Outcome
    id: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The projection of everything that is known of one customer. Money is in minor units.

    `balance_minor` is the signed sum of the ledger; `spendable_minor` is what a reader sees of it.
    """

    customer_id: str
    phone: Phone
    currency: str
    version: int = 0
    verified: bool = False
    disabled: bool = False
    name: str | None = field(default=None, repr=False)
    member_since: datetime | None = None
    balance_minor: int = 0
    locked_promo_minor: int = 0
    locked_until: datetime | None = None
    """When the first of the locked grants expires; None where none does."""
    activity: Activity = NO_ACTIVITY
    preferences: Flat = field(default_factory=dict, repr=False)
    consent: Flat = field(default_factory=dict, repr=False)
    provider_ids: tuple[str, ...] = field(default=(), repr=False)
    held_since: datetime | None = None
    """Set where the phone was somebody else's before: what happened earlier is not this customer's."""
    absorbed: int = 0
    """How many customers have been merged into this one."""
    sweeping: int = 0
    """Of how many of them the history still lies under their own ids."""
    erased: Erased | None = None
    """Set of who is erased: numbers are all that is left, `state` is what it was, and no reader is shown them."""

    @property
    def state(self) -> State:
        """A switched-off record is DISABLED whatever else it was."""
        if self.disabled:
            return "DISABLED"
        return "VERIFIED" if self.verified else "PENDING_PROOF"

    @property
    def spendable_minor(self) -> int:
        """A spend that outran its top-up shows as nothing left, never as a debt."""
        return max(0, self.balance_minor)

    @property
    def completeness(self) -> int:
        """0 to 100: twenty each for name, verified phone, a purchase, preferences, consent on file."""
        known = (self.name, self.verified, self.activity.visit_count, self.preferences, self.consent)
        return 20 * sum(map(bool, known))
