"""What the Derived table must hold, counted from all rows of the others at once: slow, plain, and not the deriver."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from customers.domain.enterprise import Thresholds
from customers.domain.search.terms import words

Row = dict[str, Any]
K = TypeVar("K")
USUAL = Thresholds()
DAY = 24 * 60 * 60


@dataclass
class Holdings:
    """Sums by counter, and who is found by what. Counters that are zero are left out."""

    totals: dict[str, int] = field(default_factory=dict)
    days: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """By date and branch; those of the whole enterprise under an empty branch."""
    terms: set[tuple[str, str, str]] = field(default_factory=set)
    """Term, customer id, phone."""
    badges: dict[str, dict[str, int]] = field(default_factory=dict)
    """By the date on which badges change."""


def recount(customers: Iterable[Row], records: Iterable[Row], thresholds: Thresholds = USUAL) -> Holdings:
    """From all rows of one enterprise in the Customers and Records tables."""
    totals: Counter[str] = Counter()
    days: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    badges: defaultdict[str, Counter[str]] = defaultdict(Counter)
    terms = set()
    for row in customers:
        if "#provider#" in row["pk"]["S"]:
            continue
        totals.update(_held_by(row))
        if "member_since" in row:
            days[row["member_since"]["S"][:10], ""]["new_customers"] += 1
        if row["state"]["S"] == "DISABLED":
            continue
        customer_id, phone = row["customer_id"]["S"], row["phone"]["S"]
        terms |= {(f"word#{word}", customer_id, phone) for word in words(row["name"]["S"] if "name" in row else "")}
        terms |= {(f"last4#{phone[-4:]}", customer_id, phone), (f"phone#{phone}", customer_id, phone)}
        for date, counter in _badge_days(row, thresholds):
            badges[date][counter] += 1
    for row in records:
        kind, amount = row["sk"]["S"].split("#")[0], int(row["amount"]["N"]) if "amount" in row else 0
        date = row["stamp"]["S"][:10] if "stamp" in row else ""
        if kind == "purchase":
            for branch in {"", row["branch_id"]["S"] if "branch_id" in row else ""}:
                days[date, branch] += Counter(visits=1, spend_minor=amount)
        elif kind == "refund":
            days[date, ""] += Counter(refunds=1, refunded_minor=amount)
    return Holdings(_plain(totals), _all_plain(days), terms, _all_plain(badges))


def _held_by(row: Row) -> dict[str, int]:
    balance, locked, state = int(row["balance"]["N"]), int(row["locked"]["N"]), row["state"]["S"]
    visits = 0 if state == "DISABLED" else int(row["visits"]["N"])
    return {
        f"customers_{state.lower()}": 1,
        "balance_minor": balance,
        "spendable_minor": max(balance, 0),
        "locked_minor": locked,
        "unclaimed_minor": locked if state == "PENDING_PROOF" else 0,
        "visited": int(visits >= 1),
        "visited_again": int(visits >= 2),
    }


def _badge_days(row: Row, limits: Thresholds) -> Iterator[tuple[str, str]]:
    """Midnight after midnight: at which one fewer visits are left than it takes."""
    packed = row["recent"]["B"] if "recent" in row else b""
    recent = struct.unpack(f">{len(packed) // 4}I", packed)
    rich = int(row["spend"]["N"]) >= limits.vip_lifetime_spend_minor
    badge = "vip" if rich else "regular" if int(row["visits"]["N"]) >= limits.regular_visits else "new"
    for needed, counter in ((1, badge), (limits.vip_visits_90d, f"vip_over_{badge}")):
        if len(recent) < needed or counter == "vip_over_vip":
            continue
        day = min(recent) // DAY
        while sum(second > (day - 90) * DAY for second in recent) >= needed:
            day += 1
        yield datetime.fromtimestamp(day * DAY, UTC).date().isoformat(), counter


def held(derived: Iterable[Row]) -> Holdings:
    """What the rows of one enterprise in the Derived table say."""
    totals: Counter[str] = Counter()
    days: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    badges: defaultdict[str, Counter[str]] = defaultdict(Counter)
    terms = set()
    for row in derived:
        _, kind, *more = row["pk"]["S"].split("#")
        counters = {name: int(value["N"]) for name, value in row.items() if "N" in value}
        if kind == "totals":
            totals.update(counters)
        elif kind == "days":
            days[row["sk"]["S"].split("#")[0], "#".join(more)].update(counters)
        elif kind == "badges":
            badges[row["sk"]["S"].split("#")[0]].update(counters)
        elif kind != "customers":
            # `layla#usr_…` under `…#word#l`, `+974…#usr_…` under `…#phone`, `usr_…` under `…#last4#1122`.
            value = more[0] if kind == "last4" else row["sk"]["S"].split("#")[0]
            assert kind != "word" or value[0] == more[0]
            assert row["sk"]["S"].endswith(row["customer_id"]["S"])
            terms.add((f"{kind}#{value}", row["customer_id"]["S"], row["phone"]["S"]))
    return Holdings(_plain(totals), _all_plain(days), terms, _all_plain(badges))


def _all_plain(sums: Mapping[K, Counter[str]]) -> dict[K, dict[str, int]]:
    return {place: plain for place, counts in sums.items() if (plain := _plain(counts))}


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {name: value for name, value in counts.items() if value}
