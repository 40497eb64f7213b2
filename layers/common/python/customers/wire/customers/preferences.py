"""Preferences: the answer. Plain types only, as in a lookup."""

from __future__ import annotations

from datetime import datetime

from customers.domain.customers.profile import Flat, Profile
from customers.domain.customers.status import Status
from customers.domain.instants import show_instant
from customers.wire.http.schema import Instant, TypedDict


class PreferencesData(TypedDict):
    status: Status
    """As in a lookup. An unknown customer is `not_found` at HTTP 200."""
    preferences: Flat | None
    """The latest preferences; empty when there are none, null when the status is `not_found`."""
    fetched_at: Instant


PREFERENCES_EXAMPLE: PreferencesData = {
    "status": "registered",
    "preferences": {"milk": "oat", "sugar": 0},
    "fetched_at": "2026-06-05T09:10:00Z",
}


def preferences_data(status: Status, profile: Profile | None, now: datetime) -> PreferencesData:
    """The answer about a customer, or about a stranger."""
    return {
        "status": status,
        "preferences": profile.preferences if profile else None,
        "fetched_at": show_instant(now),
    }
