"""One example of each type's detail, with every field: a day in the life of a customer of Demo Coffee."""

from __future__ import annotations

from typing import Any

_BRANCH = {
    "merchant_id": "33333333-3333-3333-3333-333333333333",
    "branch_id": "22222222-2222-2222-2222-222222222222",
}


def _detail(number: int, time: str, **fields: Any) -> dict[str, Any]:
    return {
        "fact_id": f"example-{number:02}",
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "occurred_at": f"2026-06-01T{time}Z",
        **fields,
    }


def _about(number: int, time: str, **fields: Any) -> dict[str, Any]:
    return _detail(number, time, customer={"phone": "+97433001122"}, **fields)


def _money(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "QAR"}


_THRESHOLDS = {"vip_visits_90d": 8, "vip_lifetime_spend_minor": 100_000, "regular_visits": 3}
_SETTINGS = {
    "name": "Demo Coffee",
    "currency": "QAR",
    "home_region": "QA",
    "time_zone": "Asia/Qatar",
    "erasure_policy": "block",
    "unmerge_policy": "refuse",
    "sms_countries": ["QA"],
    "sms_per_day": 500,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "enterprise.configured": _detail(1, "06:00:00", **_SETTINGS, badge=_THRESHOLDS),
    "branch.registered": _detail(2, "06:05:00", **_BRANCH),
    "branch.disabled": _detail(3, "22:30:00", **_BRANCH),
    "access.revoked": _detail(
        24, "22:31:00", issuer="https://people.example.com", subject="officer-7", before="2026-06-05T22:31:00Z"
    ),
    "customer.imported": _about(
        25,
        "08:10:00",
        source="old-pos",
        currency="QAR",
        name="Layla Hassan",
        verified=True,
        member_since="2025-11-02T08:14:00Z",
        spendable_minor=4200,
        grants=[{"grant_id": "spring-2026", "amount_minor": 1500, "expires_at": "2026-06-01T20:59:59Z"}],
        lifetime_spend_minor=61_500,
        visit_count=14,
        last_visit_at="2026-05-30T09:30:00Z",
        visits=["2026-05-11T09:12:00Z", "2026-05-30T09:30:00Z"],
        preferences={"milk": "oat"},
        consent={"marketing": True},
        provider_customer_ids=["pos-8840"],
    ),
    "customer.registered": _about(4, "08:14:00", name="Layla Hassan", member_since="2025-11-02T08:14:00Z"),
    "customer.verified": _about(5, "08:15:00"),
    "customer.disabled": _about(6, "21:00:00"),
    "customer.enabled": _about(7, "21:10:00"),
    "provider_id.linked": _about(8, "08:16:00", provider_customer_id="pos-8841"),
    "provider_id.unlinked": _about(19, "08:40:00", provider_customer_id="pos-8814"),
    "purchase.completed": _about(
        9, "09:30:00", purchase_id="order-000123", **_money(4500), branch_id=_BRANCH["branch_id"]
    ),
    "purchase.refunded": _about(10, "09:45:00", refund_id="refund-000017", purchase_id="order-000123", **_money(1500)),
    "balance.topped_up": _about(11, "08:20:00", **_money(10_000)),
    "balance.spent": _about(12, "09:30:00", **_money(3000)),
    "balance.settled": _about(13, "20:00:00", **_money(1000)),
    "promo.granted": _about(14, "08:20:00", grant_id="welcome-2026", **_money(2500), expires_at="2026-12-31T20:59:59Z"),
    "promo.released": _about(15, "09:31:00", grant_id="welcome-2026"),
    "promo.expired": _about(16, "20:59:59", grant_id="spring-2026"),
    "preferences.updated": _about(17, "08:25:00", preferences={"milk": "oat", "sugar": False}),
    "consent.updated": _about(18, "08:26:00", consent={"marketing": True}),
}


def example(kind: str) -> dict[str, Any]:
    """The extra part of a type's JSON Schema."""
    return {"examples": [EXAMPLES[kind]]}
