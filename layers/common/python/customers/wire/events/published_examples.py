"""A complete example of each published event. The page of events shows them, and a contract test validates them."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "customer.event_recorded": {
        "event_id": "evt_0b9f5c7e6a2f4d0c8c1de5a97f1f3b42",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "event_type": "check_in",
        "branch_id": "22222222-2222-2222-2222-222222222222",
        "occurred_at": "2026-06-05T09:10:00Z",
        "recorded_at": "2026-06-05T09:10:01Z",
    },
    "customer.corrected": {
        "event_id": "evt_5b8e1d2c3f4a4b6c8d7e9f0a1b2c3d4e",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "corrected": ["phone"],
        "corrected_at": "2026-06-05T09:10:00Z",
    },
    "customer.merged": {
        "event_id": "evt_9a7c5e3b1d0f4c2a8e6b4d2f0a1c3e5b",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "absorbed_customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f",
        "merged_at": "2026-06-05T09:10:00Z",
    },
    "customer.unmerged": {
        "event_id": "evt_1f3b5d7a9c0e4b2d8f6a4c2e0b1d3f5a",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "absorbed_customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f",
        "unmerged_at": "2026-06-05T09:10:00Z",
    },
    "customer.exported": {
        "event_id": "evt_7d1f0c4b9a8e4f60b2c35e7f1a9d8c64",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "export_id": "exp_7d1f0c4b9a8e4f60b2c35e7f1a9d8c64",
        "created_at": "2026-06-05T09:10:00Z",
    },
    "customer.verification_requested": {
        "event_id": "evt_7d0c1b3e5f2a4b6c8d9e0f1a2b3c4d5e",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "verification_id": "ver_7d0c1b3e5f2a4b6c8d9e0f1a2b3c4d5e",
        "requested_at": "2026-06-05T09:10:00Z",
    },
    "customer.verified": {
        "event_id": "evt_2c4e6a8b0d1f4a3c9b7e5d6f8a0c1e3b",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "verified_at": "2026-06-05T09:14:00Z",
    },
    "customer.erased": {
        "event_id": "evt_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "erasure_id": "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "outcome": "anonymized",
        "erased_at": "2026-06-05T09:20:00Z",
    },
    "customer.erasure_escalated": {
        "event_id": "evt_escalated_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "erasure_id": "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "requested_at": "2026-06-05T09:20:00Z",
    },
    "customer.badge_changed": {
        "event_id": "evt_1d3f5b7a9c0e2d4f6a8c0b1d3e5f7a9c",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "from": "regular",
        "to": "lapsed",
        "cause": "time",
        "day": "2026-06-05",
        "change": 4,
        "changed_at": "2026-06-04T21:00:07Z",
    },
}
