"""The events that this system publishes: the shape of each detail, by detail-type."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from customers.wire.http.schema import Described, Format, TypedDict
from customers.wire.json_schema import json_schema

Instant = Annotated[str, Format("date-time")]
Badge = Literal["lapsed", "vip", "regular", "new"]
_From = TypedDict(
    "_From", {"from": Annotated[Badge | None, Described("The badge before. Null: the customer had none, as in `to`.")]}
)


class CustomerEventRecorded(TypedDict):
    """A till recorded a non-purchase event. The customer's context has its attributes."""

    event_id: str
    """The event's own id. An event can be published more than once: ignore an id that you have seen."""
    version: Literal[1]
    """The version of this schema. Within a version we may add fields, but never change or remove one."""
    enterprise_id: str
    customer_id: str
    event_type: Literal["check_in", "survey_response", "loyalty_card_scan", "feedback"]
    branch_id: str | None
    """The branch whose till recorded it."""
    occurred_at: Instant
    recorded_at: Instant


class CustomerCorrected(TypedDict):
    """A customer's name or phone was corrected. The customer's context has the new value."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str
    corrected: list[Literal["name", "phone"]]
    corrected_at: Instant


class CustomerMerged(TypedDict):
    """Two customers became one. The absorbed id now resolves to the survivor."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str
    """The survivor."""
    absorbed_customer_id: str
    merged_at: Instant


class CustomerUnmerged(TypedDict):
    """A merge was undone. The absorbed id is that customer's own again, with all ids that it had absorbed before."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str
    """The survivor."""
    absorbed_customer_id: str
    unmerged_at: Instant


class CustomerVerificationRequested(TypedDict):
    """A customer's phone needs to be verified: we send a link by SMS. A later request replaces an earlier one."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str
    verification_id: str
    requested_at: Instant


class CustomerVerified(TypedDict):
    """A customer verified their current phone, through the link that we sent to it."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str
    verified_at: Instant


class CustomerExported(TypedDict):
    """An administrator exported a customer's data. Downloading the same file again publishes nothing."""

    event_id: str
    """The event's own id. An event can be published more than once: ignore an id that you have seen."""
    version: Literal[1]
    """The version of this schema. Within a version we may add fields, but never change or remove one."""
    enterprise_id: str
    customer_id: str
    export_id: str
    """The id in the file's manifest."""
    created_at: Instant
    """The instant that the data in the file dates from."""


class CustomerErased(TypedDict):
    """A person was erased: this system no longer shows their data. If you keep a copy, delete it."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str
    erasure_id: str
    outcome: Literal["hard_deleted", "anonymized"]
    """`anonymized`: transactions remain under the id, without personal data. `hard_deleted`: nothing remains."""
    erased_at: Instant


class CustomerErasureEscalated(TypedDict):
    """An erasure waits until the customer's spendable money is settled. Until then they remain a customer."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str
    erasure_id: str
    requested_at: Instant


class CustomerBadgeChanged(_From):
    """A customer's badge changed, because of a fact, of time alone, or of other thresholds. Every customer begins as
    `new`. Badges are as of the last midnight of the enterprise, as in the stats.
    """

    to: Badge | None
    """The badge now. Null: the customer is disabled, merged into another or erased, and has no badge."""
    cause: Literal["fact", "time", "thresholds"]
    """`fact`: something that happened to the customer. `time`: days passed. `thresholds`: the enterprise changed its
    thresholds or its time zone."""
    day: Annotated[str, Format("date")]
    """The enterprise's day in whose stats it counts."""
    change: int
    """The number of this change, from 1 on, customer by customer. Of two events the higher one holds; a gap means that
    one is still to come."""
    changed_at: Instant
    """When this system noticed it."""
    event_id: str
    """The event's own id. The same change has the same id each time."""
    version: Literal[1]
    """The version of this schema."""
    enterprise_id: str
    customer_id: str


PUBLISHED: dict[str, Any] = {
    "customer.event_recorded": CustomerEventRecorded,
    "customer.corrected": CustomerCorrected,
    "customer.merged": CustomerMerged,
    "customer.unmerged": CustomerUnmerged,
    "customer.exported": CustomerExported,
    "customer.verification_requested": CustomerVerificationRequested,
    "customer.verified": CustomerVerified,
    "customer.erased": CustomerErased,
    "customer.erasure_escalated": CustomerErasureEscalated,
    "customer.badge_changed": CustomerBadgeChanged,
}


def published_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every published event's detail, by type."""
    return {kind: json_schema(shape, extra="forbid") for kind, shape in PUBLISHED.items()}
