"""More of the demo's customers, so that its figures have a shape: regulars, newcomers, two who may be one person.

Whenever the demo runs, there are visits of the last weeks, and a kept stack sees these people come again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from local.demo.people import BRANCH, FACT_PREFIX, MERCHANT, Fact

SECOND_BRANCH = "55555555-5555-5555-5555-555555555555"
BEGAN = datetime(2026, 1, 1, 7, 30, tzinfo=UTC)
# Name, phone, and the days between two visits. The last two may be one person: one digit differs.
REGULARS = (
    ("Noor Al-Kuwari", "+97455120014", 3),
    ("Mariam Saeed", "+97455120235", 5),
    ("José García", "+97455120346", 7),
    ("أحمد الكواري", "+97455120457", 9),
    ("Noor Al-Kuwari", "+97455120914", 31),
)
VISITS = 9
"""How many of a regular's visits the demo publishes: the latest."""
NEWCOMERS = ("Yusuf Karim", "فاطمة حسن", "Chloé Martin", "Hamad Nasser", "Priya Nair")
BETWEEN_NEWCOMERS = timedelta(days=8)


def facts(now: datetime) -> Iterator[Fact]:
    """Everything that has happened by now."""
    opened: dict[str, object] = {"merchant_id": MERCHANT, "branch_id": SECOND_BRANCH}
    yield _fact("branch.registered", "second", BEGAN, opened)
    for name, phone, days in REGULARS:
        yield from _joined(name, phone, BEGAN)
        yield from _visits(phone, timedelta(days=days), now)
    latest = (now - BEGAN) // BETWEEN_NEWCOMERS
    for number in range(max(1, latest - len(NEWCOMERS) + 1), latest + 1):
        phone, at = f"+974553{number:05}", BEGAN + number * BETWEEN_NEWCOMERS
        yield from _joined(NEWCOMERS[number % len(NEWCOMERS)], phone, at - timedelta(minutes=10))
        yield _purchase(phone, at, 2_150)


def _joined(name: str, phone: str, at: datetime) -> Iterator[Fact]:
    about: dict[str, object] = {"customer": {"phone": phone}}
    yield _fact("customer.registered", phone, at, about | {"name": name})
    yield _fact("customer.verified", phone, at + timedelta(minutes=1), about)


def _visits(phone: str, between: timedelta, now: datetime) -> Iterator[Fact]:
    latest = (now - BEGAN) // between
    for visit in range(max(1, latest - VISITS + 1), latest + 1):
        yield _purchase(phone, BEGAN + visit * between, 1_800 + visit % 5 * 640)


def _purchase(phone: str, at: datetime, amount_minor: int) -> Fact:
    """On even days in the second branch."""
    fields: dict[str, object] = {
        "customer": {"phone": phone},
        "purchase_id": f"demo-{phone[-5:]}-{at:%Y-%m-%d}",
        "branch_id": BRANCH if at.day % 2 else SECOND_BRANCH,
        "amount_minor": amount_minor,
        "currency": "QAR",
    }
    return _fact("purchase.completed", f"{phone}-{at:%Y-%m-%d}", at, fields)


def _fact(kind: str, of: str, at: datetime, fields: dict[str, object]) -> Fact:
    return Fact(kind, f"{FACT_PREFIX}{kind}-{of.removeprefix('+')}", f"{at:%Y-%m-%dT%H:%M:%SZ}", fields)
