"""What this bundle publishes: the detail of each event on the bus, by its detail-type."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from customers.wire.http.schema import Format, TypedDict
from customers.wire.json_schema import json_schema

Instant = Annotated[str, Format("date-time")]


class CustomerEventRecorded(TypedDict):
    """A till has recorded what a customer did that is no purchase. What exactly is in the customer's context."""

    event_id: str
    """The event's own id. It may be published more than once: whoever has seen the id is done with it."""
    version: Literal[1]
    """Of this schema. Fields may be added; what is there stays as it is as long as the version does."""
    enterprise_id: str
    customer_id: str
    event_type: Literal["check_in", "survey_response", "loyalty_card_scan", "feedback"]
    branch_id: str | None
    """The branch whose till recorded it."""
    occurred_at: Instant
    recorded_at: Instant


class CustomerCorrected(TypedDict):
    """A customer's name or phone was put right. What it is now, is in the customer's context."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """Of this schema."""
    enterprise_id: str
    customer_id: str
    corrected: list[Literal["name", "phone"]]
    corrected_at: Instant


class CustomerMerged(TypedDict):
    """Two customers are one from now on. All that is addressed to the absorbed id reaches the survivor."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """Of this schema."""
    enterprise_id: str
    customer_id: str
    """The survivor."""
    absorbed_customer_id: str
    merged_at: Instant


class CustomerVerificationRequested(TypedDict):
    """A customer's phone is to be verified: a link goes there by SMS. A later request takes the place of an earlier."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """Of this schema."""
    enterprise_id: str
    customer_id: str
    verification_id: str
    requested_at: Instant


class CustomerVerified(TypedDict):
    """A customer has verified the phone that they have now, by the link that went there."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """Of this schema."""
    enterprise_id: str
    customer_id: str
    verified_at: Instant


class CustomerExported(TypedDict):
    """A file of all that is kept of a customer was made for an administrator. Giving it again publishes nothing."""

    event_id: str
    """The event's own id. It may be published more than once: whoever has seen the id is done with it."""
    version: Literal[1]
    """Of this schema. Fields may be added; what is there stays as it is as long as the version does."""
    enterprise_id: str
    customer_id: str
    export_id: str
    """As in the manifest of the file."""
    created_at: Instant
    """As of when the file is."""


class CustomerErased(TypedDict):
    """A person was erased: nobody is told anything of them here any more. Whoever keeps a copy lets it go."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """Of this schema."""
    enterprise_id: str
    customer_id: str
    erasure_id: str
    outcome: Literal["hard_deleted", "anonymized"]
    """Whether anything is left under the id, which says nothing of the person."""
    erased_at: Instant


class CustomerErasureEscalated(TypedDict):
    """A person with money to spend is to be erased: once it is settled they are, and are a customer until then."""

    event_id: str
    """The event's own id."""
    version: Literal[1]
    """Of this schema."""
    enterprise_id: str
    customer_id: str
    erasure_id: str
    requested_at: Instant


PUBLISHED: dict[str, Any] = {
    "customer.event_recorded": CustomerEventRecorded,
    "customer.corrected": CustomerCorrected,
    "customer.merged": CustomerMerged,
    "customer.exported": CustomerExported,
    "customer.verification_requested": CustomerVerificationRequested,
    "customer.verified": CustomerVerified,
    "customer.erased": CustomerErased,
    "customer.erasure_escalated": CustomerErasureEscalated,
}


def published_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every published event's detail, by type."""
    return {kind: json_schema(shape, extra="forbid") for kind, shape in PUBLISHED.items()}
