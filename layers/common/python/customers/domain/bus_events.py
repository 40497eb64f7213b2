"""What this bundle tells other domains: each event once in the outbox, at least once on the bus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.events import Event
from customers.domain.instants import show_instant
from customers.domain.verification import Verification


@dataclass(frozen=True, slots=True)
class BusEvent:
    """One event. `type` is its name on the bus, `detail` its plain JSON: of a person it holds the customer id only."""

    id: str
    type: str
    at: datetime
    """When it was recorded here."""
    detail: Mapping[str, Any] = field(repr=False)


def event_recorded(enterprise: str, event: Event) -> BusEvent:
    """That a customer did something which is no purchase; what exactly, its attributes, is not told."""
    detail = {
        "event_id": event.id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": event.customer_id,
        "event_type": event.type,
        "branch_id": event.branch_id,
        "occurred_at": show_instant(event.occurred_at),
        "recorded_at": show_instant(event.recorded_at),
    }
    return BusEvent(event.id, "customer.event_recorded", event.recorded_at, detail)


def verification_requested(enterprise: str, customer_id: str, verification: Verification) -> BusEvent:
    """That a customer's phone is to be verified; which phone, is read where it is sent to."""
    event_id = f"evt_{verification.id.removeprefix('ver_')}"
    detail = {
        "event_id": event_id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": customer_id,
        "verification_id": verification.id,
        "requested_at": show_instant(verification.requested_at),
    }
    return BusEvent(event_id, "customer.verification_requested", verification.requested_at, detail)


def customer_verified(event_id: str, enterprise: str, customer_id: str, at: datetime) -> BusEvent:
    """That the phone that a customer has now is the customer's."""
    detail = {
        "event_id": event_id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": customer_id,
        "verified_at": show_instant(at),
    }
    return BusEvent(event_id, "customer.verified", at, detail)
