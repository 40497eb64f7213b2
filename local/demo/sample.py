"""Write a file of made-up facts of all types, to try a load. The same numbers give the same file."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ENTERPRISE = "44444444-4444-4444-4444-444444444444"
MERCHANT = "sample"
BRANCHES = 20
CURRENCY = "QAR"
DAYS = 400
"""How many days the facts go back."""
FIRST = ("Layla", "Omar", "Noor", "José", "Zoë", "Ayşe", "ليلى", "أحمد", "فاطمة", "Ng", "Łukasz", "Mary-Jane")
LAST = ("Hassan", "Al-Kuwari", "García", "O'Brien", "Müller", "حسن", "الكواري", "Nguyễn", "Smith", "Søren")
# The types of a customer's facts, and how frequent they are.
USUAL = {
    "purchase.completed": 50,
    "balance.topped_up": 15,
    "balance.spent": 12,
    "promo.granted": 8,
    "promo.released": 4,
    "promo.expired": 2,
    "purchase.refunded": 3,
    "preferences.updated": 3,
    "consent.updated": 3,
}

Line = dict[str, Any]


def write(file: Path, customers: int, facts: int) -> None:
    """Write one line for each fact, as `make load` reads them."""
    with file.open("w") as written:
        for line in lines(customers, facts, datetime.now(UTC)):
            written.write(json.dumps(line, ensure_ascii=False) + "\n")


def lines(customers: int, facts: int, now: datetime, enterprise: str = ENTERPRISE) -> Iterator[Line]:
    """The enterprise and its branches first, then one customer after another."""
    chance = random.Random(customers)  # noqa: S311 - the same base every time
    began = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    yield _line("enterprise.configured", enterprise, began, "enterprise", name="Sample", currency=CURRENCY)
    for number in range(BRANCHES):
        place = {"merchant_id": MERCHANT, "branch_id": _branch(number)}
        yield _line("branch.registered", enterprise, began, f"branch-{number}", **place)
    for number in range(customers):
        share = facts // customers + (number < facts % customers)
        yield from _life(chance, enterprise, number, share, began)


def _life(chance: random.Random, enterprise: str, number: int, facts: int, began: datetime) -> Iterator[Line]:
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    # Nobody can dial these numbers: no number in Qatar begins with 1.
    about = {"customer": {"phone": f"+9741{number:07}"}}
    opening = ["customer.registered", "customer.verified", "provider_id.linked"][: chance.randint(0, 3)]
    kinds = [*opening, *chance.choices([*USUAL], [*USUAL.values()], k=facts)][:facts]
    granted = 0
    for step, kind in enumerate(kinds):
        if kind in ("promo.released", "promo.expired") and not granted:
            kind = "promo.granted"
        granted += kind == "promo.granted"
        at = began + timedelta(minutes=chance.randrange(DAYS * 24 * 60))
        fields = _fields(chance, kind, number, name, step, granted)
        yield _line(kind, enterprise, at, f"{number}-{step}", **about, **fields)


def _fields(chance: random.Random, kind: str, number: int, name: str, step: int, granted: int) -> dict[str, Any]:
    money = {"amount_minor": chance.randrange(100, 20_000), "currency": CURRENCY}
    match kind:
        case "customer.registered":
            return {"name": name}
        case "provider_id.linked":
            return {"provider_customer_id": f"pos-{number}"}
        case "purchase.completed":
            return {**money, "purchase_id": f"p-{number}-{step}", "branch_id": _branch(chance.randrange(BRANCHES))}
        case "purchase.refunded":
            return {**money, "purchase_id": f"p-{number}-{step - 1}", "refund_id": f"r-{number}-{step}"}
        case "balance.topped_up" | "balance.spent":
            return money
        case "promo.granted":
            return {**money, "grant_id": f"g-{number}-{granted}"}
        case "promo.released" | "promo.expired":
            return {"grant_id": f"g-{number}-{chance.randint(1, granted)}"}
        case "preferences.updated":
            return {"preferences": {"milk": chance.choice(["oat", "whole", None])}}
        case "consent.updated":
            return {"consent": {"marketing": chance.random() < 0.5}}
    return {}


def _branch(number: int) -> str:
    return f"sample-{number:02}"


def _line(kind: str, enterprise: str, at: datetime, fact: str, **fields: Any) -> Line:
    ids = {"fact_id": f"sample-{fact}", "enterprise_id": enterprise}
    return {"detail-type": kind, "detail": {**ids, "occurred_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), **fields}}
