"""The plan of an erasure: its outcome, what blocks it, and what happens to each kind of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from customers.domain.customers.profile import NO_PHONE, Erased, Outcome, Profile, State
from customers.domain.enterprise import ErasurePolicy
from customers.domain.facts.fact import Verified
from customers.domain.facts.fact_types import FACT_TYPES

Disposition = Literal["removed", "scrubbed", "kept"]
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
    "not_the_same",
    "sessions",
    "answers",
]
Status = Literal["escalated", "erasing", "done", "failed", "expired"]

_SCRUBBED: Mapping[Kind, Disposition] = {"ledger_personal": "scrubbed", "events": "scrubbed"}
_KEPT: Mapping[Kind, Disposition] = dict.fromkeys(("ledger", "transactions", "promo_grants"), "kept")

BOOKS_TYPES = tuple(
    each.name for each in FACT_TYPES.values() if each.payload is Verified or (each.money and each.record != "grant")
)
"""Ledger entries that rule out a hard delete: all money but promotional grants, and every verification."""

UNSETTLED = "has spendable money, which the merchant owes the customer: settle it first (balance.settled), then erase"

FAILED = "the person is erased for every read, but some stored copies could not be removed; the operator was alerted"
EXPIRED = "the money was not settled in time, so nothing was erased: settle it, then erase again"


def disposition(outcome: Outcome, kind: Kind) -> Disposition:
    """What happens to a kind of data. A hard delete leaves nothing, anonymising leaves the books."""
    if outcome == "hard_deleted":
        return "removed"
    return {**_SCRUBBED, **_KEPT}.get(kind, "removed")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do now. `blockers` say why it cannot be done at once, and what to do."""

    outcome: Outcome
    blockers: tuple[str, ...]
    escalates: bool
    """Whether it waits until nothing blocks it, and is not refused."""


def plan(profile: Profile, policy: ErasurePolicy, *, has_books: bool) -> Plan:
    """A debt is not money to spend, so it blocks nothing.

    `has_books`: whether the ledger has an entry of `BOOKS_TYPES`.
    """
    blockers = (UNSETTLED,) if profile.spendable_minor else ()
    return Plan(outcome_for(profile, has_books=has_books), blockers, bool(blockers) and policy == "escalate")


def outcome_for(profile: Profile, *, has_books: bool) -> Outcome:
    """How a customer is erased. The books are kept of everybody who was verified once, or has more than grants."""
    return "anonymized" if has_books or profile.state != "PENDING_PROOF" else "hard_deleted"


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
        """The erasure once it has taken effect for readers."""
        return replace(self, status="erasing", outcome=outcome, prior_state=prior_state, erased_at=at)

    @property
    def erased(self) -> Erased:
        """What is stored in place of the person."""
        assert self.outcome  # noqa: S101 - it was carried out
        assert self.erased_at  # noqa: S101
        return Erased(self.erased_at, self.outcome, self.id)


def blockers(status: Status) -> tuple[str, ...]:
    """What keeps an erasure from being done, by its status."""
    blocked: Mapping[Status, str] = {"escalated": UNSETTLED, "failed": FAILED, "expired": EXPIRED}
    return (blocked[status],) if status in blocked else ()


def erased_profile(profile: Profile, erased: Erased) -> Profile:
    """The residual profile: all numbers of an anonymised customer; of a deleted one only the money, for the totals."""
    left = Profile(
        profile.customer_id,
        NO_PHONE,
        profile.currency,
        version=profile.version + 1,
        verified=profile.verified,
        disabled=profile.disabled,
        balance_minor=profile.balance_minor,
        locked=profile.locked,
        erased=erased,
    )
    if erased.outcome == "hard_deleted":
        return left
    return replace(
        left,
        member_since=profile.member_since,
        activity=profile.activity,
        absorbed=profile.absorbed,
        loose_ends=profile.loose_ends,
        checksum=profile.checksum,
    )
