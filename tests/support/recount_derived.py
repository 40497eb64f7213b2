"""What the Derived table must hold, counted from all rows of the others at once: slow, plain, and not the deriver."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from customers.domain.terms import words

Row = dict[str, Any]


@dataclass
class Holdings:
    """Sums by counter, and who is found by what. Counters that are zero are left out."""

    totals: dict[str, int] = field(default_factory=dict)
    days: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """By date and branch; those of the whole enterprise under an empty branch."""
    terms: set[tuple[str, str, str]] = field(default_factory=set)
    """Term, customer id, phone."""


def recount(customers: Iterable[Row], records: Iterable[Row]) -> Holdings:
    """From all rows of one enterprise in the Customers and Records tables."""
    totals: Counter[str] = Counter()
    days: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    terms = set()
    for row in customers:
        if "#provider#" in row["pk"]["S"]:
            continue
        balance, locked, state = int(row["balance"]["N"]), int(row["locked"]["N"]), row["state"]["S"]
        totals[f"customers_{state.lower()}"] += 1
        totals["balance_minor"] += balance
        totals["spendable_minor"] += max(balance, 0)
        totals["locked_minor"] += locked
        if state == "PENDING_PROOF":
            totals["unclaimed_minor"] += locked
        if state != "DISABLED":
            customer_id, phone = row["customer_id"]["S"], row["phone"]["S"]
            terms |= {(f"word#{word}", customer_id, phone) for word in words(row["name"]["S"] if "name" in row else "")}
            terms |= {(f"last4#{phone[-4:]}", customer_id, phone), (f"phone#{phone}", customer_id, phone)}
    for row in records:
        kind, amount = row["sk"]["S"].split("#")[0], int(row["amount"]["N"]) if "amount" in row else 0
        date = row["stamp"]["S"][:10] if "stamp" in row else ""
        if kind == "purchase":
            for branch in {"", row["branch_id"]["S"] if "branch_id" in row else ""}:
                days[date, branch] += Counter(visits=1, spend_minor=amount)
        elif kind == "refund":
            days[date, ""] += Counter(refunds=1, refunded_minor=amount)
    return Holdings(_plain(totals), {day: counts for day in days if (counts := _plain(days[day]))}, terms)


def held(derived: Iterable[Row]) -> Holdings:
    """What the rows of one enterprise in the Derived table say."""
    totals: Counter[str] = Counter()
    days: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    terms = set()
    for row in derived:
        _, kind, *more = row["pk"]["S"].split("#")
        counters = {name: int(value["N"]) for name, value in row.items() if "N" in value}
        if kind == "totals":
            totals.update(counters)
        elif kind == "days":
            days[row["sk"]["S"].split("#")[0], "#".join(more)].update(counters)
        elif kind != "customers":
            # `layla#usr_…` under `…#word#l`, `+974…#usr_…` under `…#phone`, `usr_…` under `…#last4#1122`.
            value = more[0] if kind == "last4" else row["sk"]["S"].split("#")[0]
            assert kind != "word" or value[0] == more[0]
            assert row["sk"]["S"].endswith(row["customer_id"]["S"])
            terms.add((f"{kind}#{value}", row["customer_id"]["S"], row["phone"]["S"]))
    return Holdings(_plain(totals), {day: counts for day in days if (counts := _plain(days[day]))}, terms)


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {name: value for name, value in counts.items() if value}
