"""What this bundle tells other domains: each event once in the outbox, at least once on the bus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.domain.erasure.plan import Erasure
from customers.domain.events.recorded import Event
from customers.domain.export import Export
from customers.domain.facts.fact import EventOrder
from customers.domain.identity.verification import Verification
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
    more = {
        "event_type": event.type,
        "branch_id": event.branch_id,
        "occurred_at": show_instant(event.occurred_at),
        "recorded_at": show_instant(event.recorded_at),
    }
    return _about("customer.event_recorded", event.id, enterprise, event.customer_id, event.recorded_at, more)


def verification_requested(enterprise: str, customer_id: str, verification: Verification) -> BusEvent:
    """That a customer's phone is to be verified; which phone, is read where it is sent to."""
    at = verification.requested_at
    more = {"verification_id": verification.id, "requested_at": show_instant(at)}
    return _about("customer.verification_requested", _event_id(verification.id), enterprise, customer_id, at, more)


def customer_corrected(enterprise: str, customer_id: str, said: EventOrder, fields: Sequence[str]) -> BusEvent:
    """That a name or a phone was put right; what it is now, is in the customer's context."""
    at, more = said.occurred_at, {"corrected": list(fields), "corrected_at": show_instant(said.occurred_at)}
    return _about("customer.corrected", _event_id(said.fact_id), enterprise, customer_id, at, more)


def customer_merged(enterprise: str, survivor_id: str, absorbed_id: str, said: EventOrder) -> BusEvent:
    """That two customers are one from now on."""
    at, more = said.occurred_at, {"absorbed_customer_id": absorbed_id, "merged_at": show_instant(said.occurred_at)}
    return _about("customer.merged", _event_id(said.fact_id), enterprise, survivor_id, at, more)


def customer_verified(event_id: str, enterprise: str, customer_id: str, at: datetime) -> BusEvent:
    """That the phone that a customer has now is the customer's."""
    return _about("customer.verified", event_id, enterprise, customer_id, at, {"verified_at": show_instant(at)})


def exported(enterprise: str, customer_id: str, export: Export) -> BusEvent:
    """That a file of all that is kept of a customer was made; where it lies is not told."""
    more = {"export_id": export.id, "created_at": show_instant(export.created_at)}
    return _about("customer.exported", _event_id(export.id), enterprise, customer_id, export.created_at, more)


def customer_erased(enterprise: str, erasure: Erasure) -> BusEvent:
    """That nobody is told anything of a person any more; what is kept of them is swept from now on."""
    at = erasure.erased.at
    more = {"erasure_id": erasure.id, "outcome": erasure.erased.outcome, "erased_at": show_instant(at)}
    return _about("customer.erased", _event_id(erasure.id), enterprise, erasure.customer_id, at, more)


def erasure_escalated(enterprise: str, erasure: Erasure) -> BusEvent:
    """That a person is to be erased as soon as their money is settled, and is there until then."""
    at, event_id = erasure.requested_at, f"evt_escalated_{erasure.id.partition('_')[2]}"
    more = {"erasure_id": erasure.id, "requested_at": show_instant(at)}
    return _about("customer.erasure_escalated", event_id, enterprise, erasure.customer_id, at, more)


def _about(
    kind: str, event_id: str, enterprise: str, customer_id: str, at: datetime, more: Mapping[str, Any]
) -> BusEvent:
    known = {"event_id": event_id, "version": 1, "enterprise_id": enterprise, "customer_id": customer_id}
    return BusEvent(event_id, kind, at, {**known, **more})


def _event_id(of: str) -> str:
    """That of what is told of, as an event's: one thing is told of once."""
    return "evt_" + of.partition("_")[2]
