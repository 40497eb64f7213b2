"""What this bundle tells other domains: each event once in the outbox, at least once on the bus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.events import Event
from customers.domain.export import EXPORT_ID, Export
from customers.domain.instants import show_instant


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


def exported(enterprise: str, customer_id: str, export: Export) -> BusEvent:
    """That a file of all that is kept of a customer was made; where it lies is not told."""
    event_id = f"evt_{export.id.removeprefix(EXPORT_ID)}"
    detail = {
        "event_id": event_id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": customer_id,
        "export_id": export.id,
        "created_at": show_instant(export.created_at),
    }
    return BusEvent(event_id, "customer.exported", export.created_at, detail)
