"""An example of the answer of stats."""

from __future__ import annotations

from customers.wire.stats.answer import StatsData

STATS_EXAMPLE: StatsData = {
    "as_of": "2026-06-05T09:10:00Z",
    "badges_as_of": "2026-06-04T21:00:00Z",
    "from": "2026-06-04",
    "to": "2026-06-05",
    "branch_id": None,
    "currency": "QAR",
    "time_zone": "Asia/Qatar",
    "customers": {"registered": 6120, "pending_proof": 2210, "disabled": 14},
    "badges": {"new": 3905, "regular": 2048, "vip": 611, "lapsed": 1766},
    "active_customers": 4890,
    "repeat_rate": 0.6413,
    "spendable_minor": 41208350,
    "locked_promo_minor": 5311000,
    "unclaimed_cashback_minor": 4102500,
    "forfeited_promo_minor": 18500,
    "period": {
        "visits": 533,
        "spend_minor": 1879200,
        "refunds": 3,
        "refunded_minor": 9900,
        "new_customers": 21,
        "average_basket_minor": 3525,
    },
    "days": [
        {
            "date": "2026-06-04",
            "visits": 412,
            "spend_minor": 1450800,
            "refunds": 2,
            "refunded_minor": 7400,
            "new_customers": 17,
            "active_customers": 385,
        },
        {
            "date": "2026-06-05",
            "visits": 121,
            "spend_minor": 428400,
            "refunds": 1,
            "refunded_minor": 2500,
            "new_customers": 4,
            "active_customers": 118,
        },
    ],
}
