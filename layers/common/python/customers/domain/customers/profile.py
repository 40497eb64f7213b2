"""A customer as a lookup reads it: one row, the whole answer."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Literal

from customers.domain.customers.activity import NO_ACTIVITY, Activity
from customers.domain.customers.locked import NOTHING_LOCKED, Locked
from customers.domain.identifiers.phone import Phone
from customers.domain.lean_dataclass import dataclass

State = Literal["PENDING_PROOF", "VERIFIED", "DISABLED"]
Outcome = Literal["hard_deleted", "anonymized"]
Scalar = str | int | float | bool | None
Flat = dict[str, Scalar]
"""A flat object, as preferences and consent are."""


NO_PHONE = Phone("")
"""The phone of an erased customer."""


@dataclass(frozen=True, slots=True)
class Erased:
    """When a person was erased, how, and under which erasure."""

    at: datetime
    outcome: Outcome
    id: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The projection of everything that is known about one customer. Money is in minor units.

    `balance_minor` is the signed sum of the ledger. Readers see `spendable_minor`.
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
    locked: Locked = NOTHING_LOCKED
    """The open grants. How much of them is still locked depends on the instant of the read."""
    activity: Activity = NO_ACTIVITY
    preferences: Flat = field(default_factory=dict, repr=False)
    consent: Flat = field(default_factory=dict, repr=False)
    provider_ids: tuple[str, ...] = field(default=(), repr=False)
    held_since: datetime | None = None
    """Set if the phone had another holder before: earlier facts are about that holder."""
    absorbed: int = 0
    """How many customers have been merged into this one."""
    left: tuple[str, ...] = ()
    """The ids of customers who were set free from this one, the latest last; none who has been absorbed again."""
    loose_ends: int = 0
    """How many grants its parts were told the ends of, each without having that grant."""
    checksum: bytes = field(default=b"", compare=False, repr=False)
    """Of the ledger: `facts/parts/checksums.py`. Nobody reads it but audit and rebuild."""
    erased: Erased | None = None
    """Set for an erased customer: only numbers are left, `state` is the last one, and readers get `not_found`."""

    @property
    def state(self) -> State:
        """A disabled customer is DISABLED, verified or not."""
        if self.disabled:
            return "DISABLED"
        return "VERIFIED" if self.verified else "PENDING_PROOF"

    @property
    def spendable_minor(self) -> int:
        """A spend may arrive before its top-up: then nothing is left, never a debt."""
        return max(0, self.balance_minor)

    @property
    def forfeited_minor(self) -> int:
        """What was locked for a person at the hard delete, which nobody can claim any more. It never ends."""
        if self.erased is None or self.erased.outcome != "hard_deleted":
            return 0
        return self.locked.at(self.erased.at)

    @property
    def completeness(self) -> int:
        """0 to 100: twenty each for name, verified phone, a purchase, preferences, consent on file."""
        known = (self.name, self.verified, self.activity.visit_count, self.preferences, self.consent)
        return 20 * sum(map(bool, known))
