"""What an environment can do, told from the catalogue."""

from __future__ import annotations

import os
from typing import Any

from customers.catalogue import OPERATIONS
from customers.domain.phone import MAX_TYPED
from customers.edge.mounted import is_mounted
from customers.wire.envelope import API_VERSION
from customers.wire.front import CapabilitiesData
from customers.wire.lookup import MAX_PROVIDER_ID

LIMITS = {
    "requests_per_second": 5000,
    "request_burst": 2000,
    "phone_characters": MAX_TYPED,
    "provider_customer_id_characters": MAX_PROVIDER_ID,
    "token_bytes": 8192,
    "branch_change_seen_after_seconds": 60,
}
RETENTION_DAYS = {"facts_waiting": 14, "facts_refused": 14}


def capabilities(event_types: dict[str, dict[str, Any]]) -> CapabilitiesData:
    """Every declared operation, the facts that the bus accepts, limits, and what is kept for how long."""
    return {
        "api_version": API_VERSION,
        "operations": [
            {
                "name": operation.name,
                "method": operation.method,
                "path": operation.path,
                "availability": operation.availability,
                "mounted": is_mounted(operation),
            }
            for operation in OPERATIONS
        ],
        "event_types": event_types,
        "limits": LIMITS,
        "retention_days": {**RETENTION_DAYS, "logs": int(os.environ["LOG_RETENTION_DAYS"])},
    }
