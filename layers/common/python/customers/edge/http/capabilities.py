"""The capabilities of an environment, from the catalogue."""

from __future__ import annotations

import os
from datetime import timedelta
from math import ceil
from typing import Any

from customers.catalogue.every import OPERATIONS
from customers.domain.enterprise import DEFAULT_SMS_PER_DAY
from customers.domain.events.recorded import MAX_AHEAD, MAX_ATTRIBUTES, MAX_NESTING
from customers.domain.export import OBJECT_LIVES, URL_LIVES
from customers.domain.facts.refused_facts import KEPT as REFUSED_FACTS_KEPT
from customers.domain.idempotency import KEPT
from customers.domain.identifiers.phone import MAX_TYPED
from customers.domain.identity.throttle import MOST_LINKS
from customers.domain.identity.verification import LINK_LIVES
from customers.domain.sessions import MAX_EVENTS, SESSION_LIFETIME
from customers.edge.http.mounted import is_mounted
from customers.wire.http.body import MAX_BODY
from customers.wire.http.envelope import API_VERSION
from customers.wire.http.front import CapabilitiesData
from customers.wire.http.idempotency import MAX_KEY
from customers.wire.identifiers.address import MAX_PROVIDER_ID
from customers.wire.search import MOST_SHOWN
from customers.wire.sessions.session import MAX_BASKET_REFERENCE
from customers.wire.stats.query import MAX_DAYS

LIMITS = {
    "requests_per_second": 5000,
    "request_burst": 2000,
    "phone_characters": MAX_TYPED,
    "provider_customer_id_characters": MAX_PROVIDER_ID,
    "token_bytes": 8192,
    "body_bytes": MAX_BODY,
    "idempotency_key_characters": MAX_KEY,
    "event_attributes_bytes": MAX_ATTRIBUTES,
    "event_attributes_levels": MAX_NESTING,
    "event_seconds_ahead": int(MAX_AHEAD.total_seconds()),
    "session_seconds": int(SESSION_LIFETIME.total_seconds()),
    "session_events": MAX_EVENTS,
    "basket_reference_characters": MAX_BASKET_REFERENCE,
    "search_page_customers": MOST_SHOWN,
    "stats_days": MAX_DAYS,
    "branch_change_seen_after_seconds": 60,
    "links_to_verify_a_phone_per_24_hours": MOST_LINKS,
    "sms_per_day_unless_configured": DEFAULT_SMS_PER_DAY,
    "link_hours": LINK_LIVES // timedelta(hours=1),
    "link_requests_per_second": 200,
    "link_request_burst": 400,
    "link_requests_per_address_per_minute": 60,
    "requests_per_address_per_minute": 30_000,
    "export_link_seconds": int(URL_LIVES.total_seconds()),
}
RETENTION_DAYS = {
    "facts_waiting": 14,
    "facts_refused": REFUSED_FACTS_KEPT.days,
    "answers_by_idempotency_key": KEPT.days,
    "sessions": ceil(SESSION_LIFETIME / timedelta(days=1)),
    "exports": OBJECT_LIVES.days,
}


def capabilities(
    event_types: dict[str, dict[str, Any]], published_types: dict[str, dict[str, Any]], keys: list[dict[str, str]]
) -> CapabilitiesData:
    """All declared operations, the accepted and published types, limits, retention, and the keys of receipts."""
    return {
        "api_version": API_VERSION,
        "sandbox": os.environ.get("SANDBOX") == "true",
        "operations": [
            {
                "name": operation.name,
                "method": operation.method,
                "path": operation.path,
                "availability": operation.availability,
                "mounted": is_mounted(operation),
                "deprecated_since": operation.deprecated.since.isoformat() if operation.deprecated else None,
                "sunset": operation.deprecated.sunset.isoformat() if operation.deprecated else None,
            }
            for operation in OPERATIONS
        ],
        "event_types": event_types,
        "published_types": published_types,
        "limits": LIMITS,
        "retention_days": {
            **RETENTION_DAYS,
            "logs": int(os.environ["LOG_RETENTION_DAYS"]),
            "activity": int(os.environ["ACTIVITY_DAYS"]),
        },
        "erasure_receipt_keys": keys,
    }
