"""What this bundle tells other domains: each event once in the outbox, at least once on the bus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.erasure import Erasure
from customers.domain.events import Event
from customers.domain.export import EXPORT_ID, Export
from customers.domain.facts import Stamp
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


def customer_corrected(enterprise: str, customer_id: str, said: Stamp, fields: Sequence[str]) -> BusEvent:
    """That a name or a phone was put right; what it is now, is in the customer's context."""
    event_id = _event_id(said.fact_id)
    detail = {
        "event_id": event_id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": customer_id,
        "corrected": list(fields),
        "corrected_at": show_instant(said.occurred_at),
    }
    return BusEvent(event_id, "customer.corrected", said.occurred_at, detail)


def customer_merged(enterprise: str, survivor_id: str, absorbed_id: str, said: Stamp) -> BusEvent:
    """That two customers are one from now on."""
    event_id = _event_id(said.fact_id)
    detail = {
        "event_id": event_id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": survivor_id,
        "absorbed_customer_id": absorbed_id,
        "merged_at": show_instant(said.occurred_at),
    }
    return BusEvent(event_id, "customer.merged", said.occurred_at, detail)


def _event_id(statement_id: str) -> str:
    return "evt_" + statement_id.partition("_")[2]


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


def customer_erased(enterprise: str, erasure: Erasure) -> BusEvent:
    """That nobody is told anything of a person any more; what is kept of them is swept from now on."""
    erased = erasure.erased
    event_id = _event_id(erasure.id)
    detail = {
        "event_id": event_id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": erasure.customer_id,
        "erasure_id": erasure.id,
        "outcome": erased.outcome,
        "erased_at": show_instant(erased.at),
    }
    return BusEvent(event_id, "customer.erased", erased.at, detail)


def erasure_escalated(enterprise: str, erasure: Erasure) -> BusEvent:
    """That a person is to be erased as soon as their money is settled, and is there until then."""
    event_id = f"evt_escalated_{erasure.id.removeprefix('era_')}"
    detail = {
        "event_id": event_id,
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": erasure.customer_id,
        "erasure_id": erasure.id,
        "requested_at": show_instant(erasure.requested_at),
    }
    return BusEvent(event_id, "customer.erasure_escalated", erasure.requested_at, detail)
