"""Sums: balance, grants, purchases and refunds of one customer, from the facts of each part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from tests.model.holding import Part
from tests.model.steps import Fact

SIGNS = {"balance.topped_up": 1, "balance.spent": -1, "balance.settled": -1}
ENDS = ("promo.released", "promo.expired")
TRANSACTIONS = {"purchase.completed": "purchase_id", "purchase.refunded": "refund_id"}

Facts = Mapping[Part, Sequence[Fact]]
"""The facts of a customer, by part."""


@dataclass(frozen=True)
class Grant:
    """A promo grant as it stands."""

    grant_id: str
    amount_minor: int
    expires_at: datetime | None
    end: Literal["", "promo.released", "promo.expired"]
    """The earliest end that was stated, if it came before `expires_at`."""

    def open(self, at: datetime) -> bool:
        return not self.end and (self.expires_at is None or at < self.expires_at)


def balance(facts: Facts) -> int:
    """The signed sum."""
    moved = sum(SIGNS[fact.kind] * _amount(fact) for part in facts.values() for fact in part if fact.kind in SIGNS)
    return moved + sum(each.amount_minor for each in grants(facts) if each.end == "promo.released")


def transactions(facts: Facts) -> list[Fact]:
    """Purchases and refunds, each identified within its part, each as it was stated last."""
    latest: dict[tuple[str, ...], Fact] = {}
    for part, told in facts.items():
        for fact in sorted(told, key=lambda each: each.order):
            if fact.kind in TRANSACTIONS:
                key = part, fact.kind, fact.fields[TRANSACTIONS[fact.kind]]
                latest[key] = _included(fact, latest.get(key))
    return list(latest.values())


def _included(fact: Fact, earlier: Fact | None) -> Fact:
    """One statement is enough that an import has it."""
    if earlier is None or "included_in" not in earlier.fields:
        return fact
    return replace(fact, fields={**fact.fields, "included_in": earlier.fields["included_in"]})


def grants(facts: Facts) -> list[Grant]:
    """A part's grants, each as it was stated last, with its end."""
    stated: dict[tuple[Part, str], list[Fact]] = {}
    for part, told in facts.items():
        for fact in told:
            if fact.kind == "promo.granted":
                stated.setdefault((part, fact.fields["grant_id"]), []).append(fact)
    ends: dict[tuple[Part, str], list[Fact]] = {}
    for part, told in facts.items():
        for fact in told:
            if fact.kind in ENDS and (meant := _meant(part, fact.fields["grant_id"], stated)):
                ends.setdefault(meant, []).append(fact)
    return [_grant(told, ends.get(key, [])) for key, told in stated.items()]


def waits(end: Fact, grants: Sequence[Fact]) -> bool:
    """Whether an end names a grant that nobody knows. `grants` were stated of the same customer."""
    return end.fields["grant_id"] not in {each.fields["grant_id"] for each in grants}


def too_late(end: Fact, grants: Sequence[Fact]) -> bool:
    """Whether a release is dated at the end of its grant or after it. All statements of a grant name the same end."""
    ends = [each.fields.get("expires_at") for each in grants if each.fields["grant_id"] == end.fields["grant_id"]]
    return end.kind == "promo.released" and any(at is not None and end.occurred_at >= at for at in ends)


def _meant(part: Part, grant_id: str, stated: Mapping[tuple[Part, str], list[Fact]]) -> tuple[Part, str] | None:
    """The part's own grant; else, of those with that id in all parts, the one that was granted first."""
    if (part, grant_id) in stated:
        return part, grant_id
    others = [key for key in stated if key[1] == grant_id]
    return min(others, key=lambda key: min(each.order for each in stated[key]), default=None)


def _grant(stated: Sequence[Fact], ends: Sequence[Fact]) -> Grant:
    latest = max(stated, key=lambda each: each.order)
    expires_at: datetime | None = latest.fields.get("expires_at")
    end = min(ends, key=lambda each: each.order, default=None)
    counts = end is not None and (expires_at is None or end.occurred_at < expires_at)
    kind: Literal["", "promo.released", "promo.expired"] = ""
    if end is not None and counts:
        kind = "promo.released" if end.kind == "promo.released" else "promo.expired"
    return Grant(latest.fields["grant_id"], _amount(latest), expires_at, kind)


def _amount(fact: Fact) -> int:
    amount: int = fact.fields["amount_minor"]
    return amount
