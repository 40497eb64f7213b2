"""The events that this system publishes: each once in the outbox, at least once on the bus."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.domain.canonical_json import canonical_json
from customers.domain.erasure.plan import Erasure
from customers.domain.events.recorded import Event
from customers.domain.export import Export
from customers.domain.facts.event_order import EventOrder
from customers.domain.identity.verification import Verification
from customers.domain.instants import show_instant

if TYPE_CHECKING:
    from customers.domain.stats.badge_changes import BadgeChange

SOURCE = "customers"
"""The rule for facts does not match this source, so published events do not come back."""


@dataclass(frozen=True, slots=True)
class BusEvent:
    """One event. `type` is its name on the bus, `detail` its JSON. It names a person by customer id only."""

    id: str
    type: str
    at: datetime
    """When it was recorded here."""
    detail: Mapping[str, Any] = field(repr=False)


def event_recorded(enterprise: str, event: Event) -> BusEvent:
    """A non-purchase event was recorded. Its attributes are not published."""
    more = {
        "event_type": event.type,
        "branch_id": event.branch_id,
        "occurred_at": show_instant(event.occurred_at),
        "recorded_at": show_instant(event.recorded_at),
    }
    return _about("customer.event_recorded", event.id, enterprise, event.customer_id, event.recorded_at, more)


def verification_requested(enterprise: str, customer_id: str, verification: Verification) -> BusEvent:
    """A customer's phone is to be verified. The consumer reads which phone."""
    at = verification.requested_at
    more = {"verification_id": verification.id, "requested_at": show_instant(at)}
    return _about("customer.verification_requested", _event_id(verification.id), enterprise, customer_id, at, more)


def customer_corrected(enterprise: str, customer_id: str, order: EventOrder, fields: Sequence[str]) -> BusEvent:
    """A name or a phone was corrected. The new value is in the customer's context."""
    at, more = order.occurred_at, {"corrected": list(fields), "corrected_at": show_instant(order.occurred_at)}
    return _about("customer.corrected", _event_id(order.fact_id), enterprise, customer_id, at, more)


def customer_merged(enterprise: str, survivor_id: str, absorbed_id: str, order: EventOrder) -> BusEvent:
    """Two customers were merged."""
    at, more = order.occurred_at, {"absorbed_customer_id": absorbed_id, "merged_at": show_instant(order.occurred_at)}
    return _about("customer.merged", _event_id(order.fact_id), enterprise, survivor_id, at, more)


def customer_unmerged(enterprise: str, survivor_id: str, freed_id: str, order: EventOrder) -> BusEvent:
    """A customer who had been merged into another was set free."""
    at, more = order.occurred_at, {"absorbed_customer_id": freed_id, "unmerged_at": show_instant(order.occurred_at)}
    return _about("customer.unmerged", _event_id(order.fact_id), enterprise, survivor_id, at, more)


def customer_verified(event_id: str, enterprise: str, customer_id: str, at: datetime) -> BusEvent:
    """A customer's phone was verified."""
    return _about("customer.verified", event_id, enterprise, customer_id, at, {"verified_at": show_instant(at)})


def exported(enterprise: str, customer_id: str, export: Export) -> BusEvent:
    """A customer's data was exported. The address of the file is not published."""
    more = {"export_id": export.id, "created_at": show_instant(export.created_at)}
    return _about("customer.exported", _event_id(export.id), enterprise, customer_id, export.created_at, more)


def customer_erased(enterprise: str, erasure: Erasure) -> BusEvent:
    """A customer was erased for readers. The sweep of the stored data begins."""
    at = erasure.erased.at
    more = {"erasure_id": erasure.id, "outcome": erasure.erased.outcome, "erased_at": show_instant(at)}
    return _about("customer.erased", _event_id(erasure.id), enterprise, erasure.customer_id, at, more)


def erasure_escalated(enterprise: str, erasure: Erasure) -> BusEvent:
    """A customer is to be erased as soon as the money is settled."""
    at, event_id = erasure.requested_at, f"evt_escalated_{erasure.id.partition('_')[2]}"
    more = {"erasure_id": erasure.id, "requested_at": show_instant(at)}
    return _about("customer.erasure_escalated", event_id, enterprise, erasure.customer_id, at, more)


def badge_changed(enterprise: str, customer_id: str, change: BadgeChange, at: datetime) -> BusEvent:
    """A customer's badge changed. The same change has the same event id, whoever finds it and however often."""
    more = {
        "from": change.before,
        "to": change.after,
        "cause": change.cause,
        "day": change.day.isoformat(),
        "change": change.number,
        "changed_at": show_instant(at),
    }
    source = canonical_json([enterprise, customer_id, change.number, change.day.isoformat()])
    event_id = f"evt_{hashlib.sha256(source.encode()).hexdigest()[:32]}"
    return _about("customer.badge_changed", event_id, enterprise, customer_id, at, more)


def _about(
    kind: str, event_id: str, enterprise: str, customer_id: str, at: datetime, more: Mapping[str, Any]
) -> BusEvent:
    known = {"event_id": event_id, "version": 1, "enterprise_id": enterprise, "customer_id": customer_id}
    return BusEvent(event_id, kind, at, {**known, **more})


def _event_id(source_id: str) -> str:
    """The id of the event's source with the prefix of events: one source is published once."""
    return "evt_" + source_id.partition("_")[2]
