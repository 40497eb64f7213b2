"""A customer comes with figures of another system, and with the history that is in them."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

from tests.e2e.conftest import Admin, Enterprise, Tables, eventually

LAYLA, OMAR = "+97433001122", "+97433001133"
BEFORE, AFTER = "2026-10-01T10:00:00Z", "2026-11-02T10:00:00Z"
MONEY = {"currency": "QAR"}
FIGURES = {"spendable_minor": 4200, "lifetime_spend_minor": 60_000, "visit_count": 14}
GRANTS = [{"grant_id": "spring", "amount_minor": 700}]


def test_figures_and_history_count_once_in_any_order_and_after_a_merge(
    enterprise: Enterprise, admin: Admin, tables: Tables
) -> None:
    included: dict[str, Any] = {"included_in": "old-pos", **MONEY}
    bought: dict[str, Any] = {"purchase_id": "p-1", "amount_minor": 900, "occurred_at": BEFORE}
    facts: list[tuple[str, str, dict[str, Any]]] = [
        ("customer.imported", LAYLA, {"source": "old-pos", "name": "Layla", "grants": GRANTS, **FIGURES}),
        ("customer.imported", LAYLA, {"source": "app", "visit_count": 1, "provider_customer_ids": ["pos-1"]}),
        ("purchase.completed", LAYLA, {**bought, **included}),
        ("purchase.completed", LAYLA, {**bought, **MONEY}),
        ("balance.topped_up", LAYLA, {"amount_minor": 5000, "occurred_at": AFTER, **included}),
        ("purchase.completed", LAYLA, {"purchase_id": "p-2", "amount_minor": 50, "occurred_at": AFTER, **MONEY}),
        ("customer.imported", OMAR, {"source": "old-pos", **FIGURES}),
    ]
    # Each fact twice, in any order.
    told = [(kind, phone, {"fact_id": f"import-{number}", **said}) for number, (kind, phone, said) in enumerate(facts)]
    for kind, phone, said in random.sample([*told, *told], 2 * len(told)):
        enterprise.publish(kind, phone, **said)

    enterprise.wait_until_applied()
    layla = _by_provider_id(enterprise, "pos-1")
    assert (layla["activity"]["visit_count"], layla["activity"]["lifetime_spend_minor"]) == (16, 60_050)
    assert layla["balance"]["spendable_minor"] == 4200

    ids = {
        row["phone"]["S"]: row["customer_id"]["S"]
        for row in tables.rows("customers", enterprise.id)
        if row["pk"]["S"].endswith(row["phone"]["S"])
    }
    headers = {"Idempotency-Key": "merge-1"}
    path, body = f"/customers/{ids[LAYLA]}/merge", {"absorbed_customer_id": ids[OMAR]}
    merged = enterprise.send("POST", path, enterprise.admin("customer:MERGE"), headers, json=body)
    assert merged.status_code == 200
    late = {"purchase_id": "p-1", "amount_minor": 70, "occurred_at": BEFORE, **included}
    enterprise.publish("purchase.completed", OMAR, **late)
    eventually(lambda: _stats_visits(enterprise) == 3)
    activity = _customer(enterprise, LAYLA)["activity"]
    assert (activity["visit_count"], activity["lifetime_spend_minor"]) == (30, 120_050)
    code, text = eventually(lambda: _clean(admin, enterprise))
    assert code == 0, text


def _customer(enterprise: Enterprise, phone: str) -> Any:
    return enterprise.get(f"/customers/lookup?phone={quote(phone)}").json()["data"]["customer"]


def _by_provider_id(enterprise: Enterprise, provider_id: str) -> Any:
    return enterprise.get(f"/customers/lookup?provider_customer_id={provider_id}").json()["data"]["customer"]


def _stats_visits(enterprise: Enterprise) -> int:
    token = enterprise.admin("customer:STATS")
    data = enterprise.get("/customers/stats?from=2026-10-01&to=2026-11-28", token).json()["data"]
    return sum(day["visits"] for day in data["days"])


def _clean(admin: Admin, enterprise: Enterprise) -> tuple[int, str] | None:
    code, text = admin("audit", "--enterprise", enterprise.id)
    return (code, text) if code == 0 else None
