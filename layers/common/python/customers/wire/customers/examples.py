"""Complete examples of answers. `/openapi` shows them, and a contract test validates them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a lookup loads these, and needs no other operation's types
    from customers.wire.customers.context import ContextData
    from customers.wire.customers.customer import ActivityData, Balance, Customer
    from customers.wire.customers.lookup import LookupData

BALANCE_EXAMPLE: Balance = {"spendable_minor": 12500, "locked_promo_minor": 2500, "currency": "QAR"}
ACTIVITY_EXAMPLE: ActivityData = {
    "lifetime_spend_minor": 184000,
    "visit_count": 27,
    "visit_count_last_90d": 9,
    "last_visit_at": "2026-06-01T19:42:00Z",
}

CUSTOMER_EXAMPLE: Customer = {
    "name": "Layla Hassan",
    "phone": "+97433001122",
    "state": "VERIFIED",
    "member_since": "2025-11-02T08:14:00Z",
    "balance": BALANCE_EXAMPLE,
    "activity": ACTIVITY_EXAMPLE,
    "badge": "vip",
}
LOOKUP_EXAMPLE: LookupData = {
    "status": "registered",
    "customer": {
        "name": "Layla Hassan",
        "phone": "+97433001122",
        "state": "VERIFIED",
        "member_since": "2025-11-02T08:14:00Z",
        "balance": {"spendable_minor": 12500, "locked_promo_minor": 0, "currency": "QAR"},
        "activity": ACTIVITY_EXAMPLE,
        "badge": "vip",
    },
    "unclaimed_cashback": None,
    "branch_id": "22222222-2222-2222-2222-222222222222",
    "fetched_at": "2026-06-05T09:10:00Z",
}

CONTEXT_EXAMPLE: ContextData = {
    "customer": {
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "name": "Layla Hassan",
        "phone": "+97433001122",
        "state": "VERIFIED",
        "member_since": "2025-11-02T08:14:00Z",
        "balance": BALANCE_EXAMPLE,
        "activity": ACTIVITY_EXAMPLE,
        "badge": "vip",
        "provider_customer_ids": ["pos-8841"],
        "badge_reason": {
            "badge": "vip",
            "rule": "visits_in_90d",
            "measures": {"visit_count": 27, "visit_count_last_90d": 9, "lifetime_spend_minor": 184000},
            "thresholds": {"vip_visits_90d": 8, "vip_lifetime_spend_minor": 100000, "regular_visits": 3},
            "gaps": {},
        },
        "visits_by_day": [
            {"date": "2026-04-02", "visits": 3},
            {"date": "2026-05-20", "visits": 5},
            {"date": "2026-06-01", "visits": 1},
        ],
        "preferences": {"milk": "oat", "sugar": 0},
        "consent": {"marketing": True},
        "absorbed": [],
        "absorbed_count": 0,
        "grants": [
            {
                "grant_id": "welcome-2026",
                "amount_minor": 2500,
                "currency": "QAR",
                "granted_at": "2026-05-01T06:00:00Z",
                "expires_at": "2026-12-31T20:59:59Z",
            }
        ],
    },
    "history": [
        {
            "id": "till-7-000123",
            "type": "purchase.completed",
            "occurred_at": "2026-06-01T19:42:00Z",
            "detail": {
                "purchase_id": "order-000123",
                "amount_minor": 4500,
                "currency": "QAR",
                "branch_id": "22222222-2222-2222-2222-222222222222",
            },
        },
        {
            "id": "promo-000017",
            "type": "promo.granted",
            "occurred_at": "2026-05-01T06:00:00Z",
            "detail": {
                "grant_id": "welcome-2026",
                "amount_minor": 2500,
                "currency": "QAR",
                "expires_at": "2026-12-31T20:59:59Z",
            },
        },
    ],
    "next_cursor": "q1nqYcW3xJ0o5m2b0u3n6s2q9m8y1Jr0YzJd3mYx4Q8tq0k0Jw",
    "fetched_at": "2026-06-05T09:10:00Z",
}
