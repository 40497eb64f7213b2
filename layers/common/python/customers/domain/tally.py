"""What one customer, and one purchase or refund, adds to the figures of an enterprise.

All figures are sums, so each is right as soon as everybody's share of it is. A share is computed from what holds now;
the store notes it, and adds the difference from what it had noted before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from customers.domain.profile import Profile
from customers.domain.projection import Transaction

Counts = Mapping[str, int]
"""Counter to value; one that is left out is zero."""


def tally(profile: Profile) -> Counts:
    """A customer's share in the totals. Money is in minor units.

    `balance_minor` is signed, so it sums up to the ledger; `spendable_minor` is what readers see of it.
    """
    locked = profile.locked_promo_minor
    return _without_zeros(
        {
            f"customers_{profile.state.lower()}": 1,
            "balance_minor": profile.balance_minor,
            "spendable_minor": profile.spendable_minor,
            "locked_minor": locked,
            "unclaimed_minor": locked if profile.state == "PENDING_PROOF" else 0,
        }
    )


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day of an enterprise, in UTC, or of one of its branches."""

    date: str
    branch_id: str | None = None


Figures = Mapping[Day, Counts]


@dataclass(frozen=True, slots=True)
class Counted:
    """What the figures hold of a purchase or a refund."""

    amount_minor: int
    date: str
    branch_id: str | None = None

    @staticmethod
    def of(transaction: Transaction) -> Counted:
        """What they are to hold of it."""
        date = transaction.stamp.occurred_at.date().isoformat()
        return Counted(transaction.amount_minor, date, transaction.branch_id)


def figures(kind: str, counted: Counted | None) -> Figures:
    """The share of a purchase in its day and its branch's day; of a refund, which names no branch, in its day."""
    if counted is None:
        return {}
    if kind == "refund":
        return {Day(counted.date): {"refunds": 1, "refunded_minor": counted.amount_minor}}
    share = {"visits": 1, "spend_minor": counted.amount_minor}
    days = [Day(counted.date)] + ([Day(counted.date, counted.branch_id)] if counted.branch_id else [])
    return dict.fromkeys(days, share)


def difference(before: Counts, after: Counts) -> Counts:
    """What to add to `before` for `after`."""
    names = sorted({*before, *after})
    return _without_zeros({name: after.get(name, 0) - before.get(name, 0) for name in names})


def total(shares: Iterable[Counts]) -> Counts:
    """Shares added up."""
    added: dict[str, int] = {}
    for share in shares:
        for name, value in share.items():
            added[name] = added.get(name, 0) + value
    return _without_zeros(added)


def _without_zeros(counts: Counts) -> Counts:
    return {name: value for name, value in counts.items() if value}
