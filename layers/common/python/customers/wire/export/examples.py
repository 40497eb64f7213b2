"""An example line of each export file, and a manifest. Their page shows them; a contract test validates them."""

from __future__ import annotations

from typing import Any

from customers.wire.export.files import (
    BalancesLine,
    ConsentLine,
    EventLine,
    IdentityLine,
    LedgerLine,
    PreferenceLine,
    PromoGrantLine,
    TransactionLine,
)
from customers.wire.export.log_files import ActivityLine, RefusedFactLine
from customers.wire.export.manifest import SCHEMA_VERSION, Manifest

_BRANCH = "22222222-2222-2222-2222-222222222222"
_IDENTITY: IdentityLine = {
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "phone": "+97433001122",
    "name": "Layla Hassan",
    "state": "VERIFIED",
    "verified": True,
    "member_since": "2025-11-02T08:14:00.000000Z",
    "provider_customer_ids": ["pos-8841"],
    "activity": {
        "lifetime_spend_minor": 184000,
        "visit_count": 27,
        "visit_count_last_90d": 9,
        "last_visit_at": "2026-06-01T19:42:00.000000Z",
    },
    "not_the_same": 0,
    "absorbed": [
        {
            "customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f",
            "phone": "+97466005566",
            "merged_at": "2026-04-02T11:30:00.000000Z",
        }
    ],
}
_BALANCES: BalancesLine = {
    "currency": "QAR",
    "spendable_minor": 12500,
    "balance_minor": 12500,
    "locked_promo_minor": 2500,
    "locked_promo_expires_at": "2026-12-31T20:59:59.000000Z",
}
_LEDGER: LedgerLine = {
    "id": "till-7-000123",
    "type": "purchase.completed",
    "occurred_at": "2026-06-01T19:42:00.000000Z",
    "detail": {"purchase_id": "order-000123", "amount_minor": 4500, "currency": "QAR", "branch_id": _BRANCH},
}
_GRANT: PromoGrantLine = {
    "grant_id": "welcome-2026",
    "amount_minor": 2500,
    "currency": "QAR",
    "status": "open",
    "granted_at": "2026-05-01T06:00:00.000000Z",
    "expires_at": "2026-12-31T20:59:59.000000Z",
    "released_at": None,
    "expired_at": None,
}
_TRANSACTION: TransactionLine = {
    "type": "purchase",
    "id": "order-000123",
    "amount_minor": 4500,
    "currency": "QAR",
    "branch_id": _BRANCH,
    "occurred_at": "2026-06-01T19:42:00.000000Z",
    "fact_id": "till-7-000123",
    "included": False,
}
_CONSENT: ConsentLine = {"name": "marketing", "value": True}
_EVENT: EventLine = {
    "event_id": "evt_1c7f6a0f3b8d4c2e9a5b6d7e8f901234",
    "event_type": "check_in",
    "attributes": {"source": "loyalty_card_scan", "note": "Walked in, browsed, did not buy"},
    "session_id": None,
    "branch_id": _BRANCH,
    "occurred_at": "2026-06-05T09:08:30.000000Z",
    "recorded_at": "2026-06-05T09:10:00Z",
}
_PREFERENCE: PreferenceLine = {"name": "milk", "value": "oat"}
_ACTIVITY: ActivityLine = {
    "operation": "context",
    "outcome": "done",
    "at": "2026-06-05T09:01:12.000000Z",
    "last_at": "2026-06-05T09:01:12.000000Z",
    "count": 1,
}
_REFUSED: RefusedFactLine = {
    "type": "balance.topped_up",
    "source": "partner.wallet",
    "fact_id": "topup-2026-06-05-000041",
    "reason": "currency: must be the enterprise's currency, QAR",
    "occurred_at": "2026-06-05T09:00:00.000000Z",
    "refused_at": "2026-06-05T09:00:02.000000Z",
    "expires_at": "2026-07-05T09:00:02.000000Z",
    "detail": {
        "fact_id": "topup-2026-06-05-000041",
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "occurred_at": "2026-06-05T09:00:00Z",
        "amount_minor": 5000,
        "currency": "USD",
    },
}

EXAMPLES: dict[str, Any] = {
    "identity.jsonl": _IDENTITY,
    "balances.jsonl": _BALANCES,
    "ledger.jsonl": _LEDGER,
    "promo_grants.jsonl": _GRANT,
    "transactions.jsonl": _TRANSACTION,
    "consent.jsonl": _CONSENT,
    "events.jsonl": _EVENT,
    "preferences.jsonl": _PREFERENCE,
    "activity.jsonl": _ACTIVITY,
    "refused_facts.jsonl": _REFUSED,
}
MANIFEST_EXAMPLE: Manifest = {
    "schema_version": SCHEMA_VERSION,
    "export_id": "exp_7d1f0c4b9a8e4f60b2c35e7f1a9d8c64",
    "enterprise_id": "11111111-1111-1111-1111-111111111111",
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "created_at": "2026-06-05T09:10:00.000000Z",
    "changed_meanwhile": False,
    "parts": [
        {
            "file": "preferences.jsonl",
            "count": 1,
            "size_bytes": 30,
            "sha256": "e55ba8ab1affea6aa91b97986a7caf71d8902e6dea965ba7516c2ac4e5d9f648",
        }
    ],
}
