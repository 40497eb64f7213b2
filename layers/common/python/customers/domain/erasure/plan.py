"""Erasing a person: what becomes of them, by what they were, and of all that is kept of them, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from customers.domain.customers.profile import NO_PHONE, Erased, Outcome, Profile, State
from customers.domain.enterprise import ErasurePolicy
from customers.domain.refusals import InProgress

Fate = Literal["removed", "scrubbed", "kept"]
Kind = Literal[
    "identity",
    "provider_ids",
    "ledger_personal",
    "ledger",
    "transactions",
    "promo_grants",
    "events",
    "absorbed",
    "verification",
    "exports",
    "sessions",
    "answers",
]
Status = Literal["escalated", "erasing", "done", "failed", "expired"]

PERSONAL = frozenset(
    {"customer.registered", "customer.corrected", "provider_id.linked", "preferences.updated", "consent.updated"}
)
"""Entries of the ledger, by type, of which the detail says something of the person."""

_SCRUBBED: Mapping[Kind, Fate] = {"ledger_personal": "scrubbed", "events": "scrubbed"}
_KEPT: Mapping[Kind, Fate] = dict.fromkeys(("ledger", "transactions", "promo_grants"), "kept")

UNSETTLED = "has money to spend, which is the merchant's debt: settle it first (balance.settled), then erase"


def fate(outcome: Outcome, kind: Kind) -> Fate:
    """What becomes of what is kept: of who was never verified nothing stays, of others what the books need."""
    if outcome == "hard_deleted":
        return "removed"
    return {**_SCRUBBED, **_KEPT}.get(kind, "removed")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do as things are. `blockers` say, in words that help, why it cannot be done at once."""

    outcome: Outcome
    blockers: tuple[str, ...]
    escalates: bool
    """Whether it waits until nothing blocks it, instead of being refused."""


def plan(profile: Profile, policy: ErasurePolicy) -> Plan:
    """A debt is no money to spend, and blocks nothing. Raises `InProgress` while a history is on the move."""
    if profile.sweeping:
        raise InProgress("id", "was merged with another a moment ago; send the request again")
    outcome: Outcome = "hard_deleted" if profile.state == "PENDING_PROOF" else "anonymized"
    blockers = (UNSETTLED,) if profile.spendable_minor else ()
    return Plan(outcome, blockers, escalates=bool(blockers) and policy == "escalate")


@dataclass(frozen=True, slots=True)
class Erasure:
    """One entry of the enterprise's erasure ledger. `outcome` and `erased_at` are None while it waits."""

    id: str
    customer_id: str
    prior_state: State
    requested_at: datetime
    status: Status
    outcome: Outcome | None = None
    erased_at: datetime | None = None

    def carried_out(self, outcome: Outcome, prior_state: State, at: datetime) -> Erasure:
        """The same from the instant on from which readers know nothing of the person."""
        return replace(self, status="erasing", outcome=outcome, prior_state=prior_state, erased_at=at)

    @property
    def erased(self) -> Erased:
        """As it is noted where the person was."""
        assert self.outcome  # noqa: S101 - one that was carried out
        assert self.erased_at  # noqa: S101
        return Erased(self.erased_at, self.outcome, self.id)


def erased_profile(profile: Profile, erased: Erased) -> Profile:
    """What is left of a person. Of who is anonymised the numbers; of who is deleted the money alone, for the totals."""
    left = Profile(
        profile.customer_id,
        NO_PHONE,
        profile.currency,
        version=profile.version + 1,
        verified=profile.verified,
        disabled=profile.disabled,
        balance_minor=profile.balance_minor,
        locked_promo_minor=profile.locked_promo_minor,
        erased=erased,
    )
    if erased.outcome == "hard_deleted":
        return left
    return replace(
        left,
        member_since=profile.member_since,
        locked_until=profile.locked_until,
        activity=profile.activity,
        absorbed=profile.absorbed,
    )
