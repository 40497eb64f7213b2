"""Complete examples of identification and sessions."""

from __future__ import annotations

from customers.wire.customers.examples import LOOKUP_EXAMPLE
from customers.wire.events.types import EXAMPLES
from customers.wire.identity.identify import CustomerContext, IdentifyBody
from customers.wire.sessions.identify_session import IdentifySessionBody, SessionContext
from customers.wire.sessions.session import OpenSessionBody, SessionData

_SESSION = "ses_7b1f0c5e9d2a4e6fb3c8a1d0e5f49627"
_CARD = "evt_5d0e7c1f2b9a4c83a6f4e8d1b7305c92"
_CHECK_IN = "evt_1c7f6a0f3b8d4c2e9a5b6d7e8f901234"
_BRANCH = "22222222-2222-2222-2222-222222222222"

IDENTIFY_BODY_EXAMPLE: IdentifyBody = {"phone": "+97433001122", "provider_customer_id": "pos-8841"}
IDENTIFY_EXAMPLE: CustomerContext = {
    "status": "registered",
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "customer": LOOKUP_EXAMPLE["customer"],
    "unclaimed_cashback": None,
    "branch_id": _BRANCH,
    "fetched_at": "2026-06-05T09:10:00Z",
}

OPEN_SESSION_BODY_EXAMPLE: OpenSessionBody = {
    "basket_reference": "basket-7-000451",
    "events": [
        {
            "event_type": "loyalty_card_scan",
            "attributes": EXAMPLES["loyalty_card_scan"],
            "occurred_at": "2026-06-05T09:07:10Z",
        }
    ],
}
OPEN_SESSION_EXAMPLE: SessionData = {
    "session_id": _SESSION,
    "status": "anonymous",
    "opened_at": "2026-06-05T09:07:12Z",
    "expires_at": "2026-06-05T13:07:12Z",
    "branch_id": _BRANCH,
    "basket_reference": "basket-7-000451",
    "events": [{"event_id": _CARD, "event_type": "loyalty_card_scan", "occurred_at": "2026-06-05T09:07:10Z"}],
    "identified_at": None,
    "context": None,
}

IDENTIFY_SESSION_BODY_EXAMPLE: IdentifySessionBody = {
    **IDENTIFY_BODY_EXAMPLE,
    "events": [{"event_type": "check_in", "attributes": EXAMPLES["check_in"], "occurred_at": "2026-06-05T09:08:30Z"}],
}
IDENTIFY_SESSION_EXAMPLE: SessionContext = {
    "session_id": _SESSION,
    **IDENTIFY_EXAMPLE,
    "identified_at": "2026-06-05T09:10:00Z",
    "merged_event_ids": [_CARD, _CHECK_IN],
}

READ_SESSION_EXAMPLE: SessionData = {
    **OPEN_SESSION_EXAMPLE,
    "status": "identified_in_session",
    "events": [
        *OPEN_SESSION_EXAMPLE["events"],
        {"event_id": _CHECK_IN, "event_type": "check_in", "occurred_at": "2026-06-05T09:08:30Z"},
    ],
    "identified_at": "2026-06-05T09:10:00Z",
    "context": IDENTIFY_EXAMPLE,
}
