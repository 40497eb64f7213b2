"""A points programme's file of two customers, as a spreadsheet gives it, and its mapping."""

from __future__ import annotations

from typing import Any

MAPPING: dict[str, Any] = {
    "enterprise_id": "11111111-1111-1111-1111-111111111111",
    "source": "old-points",
    "occurred_at": "2026-06-01T00:00:00Z",
    "currency": "QAR",
    "home_region": "QA",
    "time_zone": "Asia/Qatar",
    "decimals": 2,
    "columns": {
        "phone": "Mobile",
        "name": "Full name",
        "spendable_minor": "Balance",
        "member_since": {"column": "Joined", "format": "%d/%m/%Y"},
        "provider_customer_ids": {"column": "Card", "length": 8},
    },
}
HEADER = "Mobile,Full name,Balance,Joined,Card"
LAYLA = "+974 3300 1122,Layla Hassan,125.50,03/04/2025,00012345"
OMAR = "66005566,Omar Saleh,0,31/12/2024,00099999"
GOOD = f"{HEADER}\n{LAYLA}\n{OMAR}\n"
