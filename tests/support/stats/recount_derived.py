"""What the Derived table must hold, counted from all rows of the others at once: slow, plain, and not the deriver."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from customers.domain.customers.packing import unpack_instants, unpack_pairs
from customers.domain.enterprise import Thresholds
from customers.domain.search.terms import name_words

Row = dict[str, Any]
K = TypeVar("K")
USUAL = Thresholds()
COUNTERS = {"n": "new", "r": "regular", "v": "vip", "a": "vip_over_new", "b": "vip_over_regular"}
"""Of badges: the second letter of an attribute's name."""


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
    ends: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    """Locked money by the day and by the second at which it ends."""
    active: dict[str, int] = field(default_factory=dict)
    """The customers who came, by the day, as far back as anybody reads them."""


def recount(
    customers: Iterable[Row], records: Iterable[Row], now: datetime, thresholds: Thresholds = USUAL, zone: str = "UTC"
) -> Holdings:
    """From all rows of one enterprise in the Customers and Records tables."""
    totals: Counter[str] = Counter()
    days: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    badges: defaultdict[str, Counter[str]] = defaultdict(Counter)
    ends: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    active: Counter[str] = Counter()
    terms = set()
    for row in filter(_is_lead_or_own, customers):
        terms |= set(_terms(row))
        if "leads_to" in row:
            continue
        totals.update(_held_by(row))
        for place, counts in _ends(row):
            ends[place].update(counts)
        if "member_since" in row:
            days[_day(row["member_since"]["S"], zone), ""]["new_customers"] += 1
        active.update(day for day in _visited(row, zone) if day >= first_active(now, zone))
        if row["state"]["S"] in ("DISABLED", "ERASED"):
            continue
        for changes_on, counter in _badge_days(row, thresholds, ZoneInfo(zone)):
            badges[changes_on][counter] += 1
    for place, counts in _of_records(records, zone):
        days[place].update(counts)
    return Holdings(_plain(totals), _all_plain(days), terms, _all_plain(badges), _all_plain(ends), _plain(active))


def first_active(now: datetime, zone: str) -> str:
    """The first day that has begun in the last 90 times 24 hours."""
    begins = now - timedelta(days=90)
    day = begins.astimezone(ZoneInfo(zone)).date()
    while datetime.combine(day, time(), ZoneInfo(zone)) <= begins:
        day += timedelta(days=1)
    return day.isoformat()


def _visited(row: Row, zone: str) -> set[str]:
    """The days of all visits that the row still has."""
    instants = unpack_instants(row["recent"]["B"]) if "recent" in row else ()
    return {
        datetime.fromtimestamp(each / 1_000_000, UTC).astimezone(ZoneInfo(zone)).date().isoformat() for each in instants
    }


def _of_records(records: Iterable[Row], zone: str) -> Iterator[tuple[tuple[str, str], dict[str, int]]]:
    for row in records:
        kind, amount = row["sk"]["S"].split("#")[0], int(row["amount"]["N"]) if "amount" in row else 0
        date = _day(row["stamp"]["S"], zone) if "stamp" in row else ""
        if kind == "purchase":
            for branch in {"", row["branch_id"]["S"] if "branch_id" in row else ""}:
                yield (date, branch), {"visits": 1, "spend_minor": amount}
        elif kind == "refund":
            yield (date, ""), {"refunds": 1, "refunded_minor": amount}


def _is_lead_or_own(row: Row) -> bool:
    return "#provider#" not in row["pk"]["S"] and "#customer#" not in row["pk"]["S"]


def _terms(row: Row) -> Iterator[tuple[str, str, str]]:
    """The customer who has the phone, also one whom a merge has absorbed. The disabled are found apart."""
    if "erased_at" in row:
        return
    apart = "disabled_" if row.get("state") == {"S": "DISABLED"} else ""
    phone = row["pk"]["S"].partition("#")[2]
    customer_id = row["absorbed" if "leads_to" in row else "customer_id"]["S"]
    words = name_words(row["name"]["S"]) if "name" in row else ()
    for term in (*(f"word#{word}" for word in words), f"last4#{phone[-4:]}", f"phone#{phone}"):
        yield f"{apart}{term}", customer_id, phone


def _ends(row: Row) -> Iterator[tuple[tuple[str, str], dict[str, int]]]:
    for second, amount in unpack_pairs(row["locked_ends"]["B"]) if "locked_ends" in row else ():
        at = datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()
        pending = amount if row["state"]["S"] == "PENDING_PROOF" else 0
        for place in (("locked", at[:10]), ("locked_at", at)):
            yield place, {"locked_minor": amount, "unclaimed_minor": pending}


def _held_by(row: Row) -> dict[str, int]:
    balance, locked, state = int(row["balance"]["N"]), int(row["locked"]["N"]), row["state"]["S"]
    visits = 0 if state == "DISABLED" else int(row["visits"]["N"])
    return {
        f"customers_{state.lower()}": 1,
        "balance_minor": balance,
        "spendable_minor": max(balance, 0),
        # What never ends; ends of their own follow.
        "locked_minor": locked,
        "unclaimed_minor": locked if state == "PENDING_PROOF" else 0,
        "visited": int(visits >= 1),
        "visited_again": int(visits >= 2),
    }


def _day(text: str, zone: str) -> str:
    """The day of an instant, or of a stamp, which begins with one."""
    return datetime.fromisoformat(text.partition("#")[0]).astimezone(ZoneInfo(zone)).date().isoformat()


def _badge_days(row: Row, limits: Thresholds, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """Midnight after midnight: at which one fewer visits are left than it takes."""
    recent = unpack_instants(row["recent"]["B"]) if "recent" in row else ()
    rich = int(row["spend"]["N"]) >= limits.vip_lifetime_spend_minor
    badge = "vip" if rich else "regular" if int(row["visits"]["N"]) >= limits.regular_visits else "new"
    for needed, counter in ((1, badge), (limits.vip_visits_90d, f"vip_over_{badge}")):
        if len(recent) < needed or counter == "vip_over_vip":
            continue
        day = datetime.fromtimestamp(min(recent) / 1_000_000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        # Whole hours of the day before, for the zone's day may begin on another date.
        day = (day - timedelta(days=1)).replace(tzinfo=zone)
        while sum(instant > (int(day.timestamp()) - 90 * 86_400) * 1_000_000 for instant in recent) >= needed:
            day += timedelta(days=1)
        yield day.date().isoformat(), counter


def held(derived: Iterable[Row], first: str) -> Holdings:
    """What the rows of one enterprise in the Derived table say; of active customers from the day `first` on."""
    totals: Counter[str] = Counter()
    days: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    badges: defaultdict[str, Counter[str]] = defaultdict(Counter)
    ends: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    active: Counter[str] = Counter()
    terms = set()
    for row in derived:
        _, kind, *more = row["pk"]["S"].split("#")
        counters = {name: int(value["N"]) for name, value in row.items() if "N" in value}
        if kind == "totals":
            totals.update(counters)
        elif kind == "days":
            days[row["sk"]["S"].split("#")[0], "#".join(more)].update(counters)
        elif kind == "badges":
            for name, value in counters.items():
                day = _badge_day(row["sk"]["S"].split("#")[0], name[0])
                if name[1] == "d":
                    active[(date.fromisoformat(day) - timedelta(days=91)).isoformat()] += value
                    continue
                badges[day][COUNTERS[name[1]]] += value
        elif kind in ("locked", "locked_at"):
            ends[kind, row["sk"]["S"].split("#")[0]].update(counters)
        elif kind not in ("customers", "due", "feed"):
            # `layla#usr_…` under `…#word#l`, `+974…#usr_…` under `…#phone`, `usr_…` under `…#last4#1122`.
            value = more[0] if kind.endswith("last4") else row["sk"]["S"].split("#")[0]
            assert not kind.endswith("word") or value[0] == more[0]
            assert row["sk"]["S"].endswith(row["customer_id"]["S"])
            terms.add((f"{kind}#{value}", row["customer_id"]["S"], row["phone"]["S"]))
    active = Counter({day: count for day, count in active.items() if day >= first})
    return Holdings(_plain(totals), _all_plain(days), terms, _all_plain(badges), _all_plain(ends), _plain(active))


def _badge_day(first: str, letter: str) -> str:
    """The day that a counter of badges is of: 0 to 9, a to z, A to Z are the days of the row."""
    number = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter)
    return (date.fromisoformat(first) + timedelta(days=number)).isoformat()


def _all_plain(sums: Mapping[K, Counter[str]]) -> dict[K, dict[str, int]]:
    return {place: plain for place, counts in sums.items() if (plain := _plain(counts))}


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {name: value for name, value in counts.items() if value}
