"""GET /customers/lookup, through the template's route and the real tables' keys."""

from __future__ import annotations

from customers.catalogue import OPERATIONS
from customers.edge.openapi import openapi

DOCUMENT = openapi([each for each in OPERATIONS if each.door])
LAYLA = "+97433001122"
NAME = "Layla Hassan"
SEED = {
    "status": "registered",
    "customer": {
        "name": NAME,
        "phone": LAYLA,
        "state": "VERIFIED",
        "member_since": "2025-11-02T08:14:00Z",
        "balance": {"spendable_minor": 12500, "locked_promo_minor": 0, "currency": "QAR"},
        "activity": {
            "lifetime_spend_minor": 184000,
            "visit_count": 27,
            "visit_count_last_90d": 9,
            "last_visit_at": "2026-06-01T19:42:00Z",
        },
        "badge": "vip",
    },
    "unclaimed_cashback": None,
    "branch_id": "branch-1",
    "fetched_at": "2026-06-05T09:10:00Z",
}
