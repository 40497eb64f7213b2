"""What this bundle publishes: the detail of each event on the bus, by its detail-type."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, TypeAdapter

from customers.wire.schema import Format, TypedDict

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

EXAMPLES: dict[str, dict[str, Any]] = {
    "customer.event_recorded": {
        "event_id": "evt_0b9f5c7e6a2f4d0c8c1de5a97f1f3b42",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "event_type": "check_in",
        "branch_id": "22222222-2222-2222-2222-222222222222",
        "occurred_at": "2026-06-05T09:10:00Z",
        "recorded_at": "2026-06-05T09:10:01Z",
    },
    "customer.corrected": {
        "event_id": "evt_5b8e1d2c3f4a4b6c8d7e9f0a1b2c3d4e",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "corrected": ["phone"],
        "corrected_at": "2026-06-05T09:10:00Z",
    },
    "customer.merged": {
        "event_id": "evt_9a7c5e3b1d0f4c2a8e6b4d2f0a1c3e5b",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "absorbed_customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f",
        "merged_at": "2026-06-05T09:10:00Z",
    },
    "customer.exported": {
        "event_id": "evt_7d1f0c4b9a8e4f60b2c35e7f1a9d8c64",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "export_id": "exp_7d1f0c4b9a8e4f60b2c35e7f1a9d8c64",
        "created_at": "2026-06-05T09:10:00Z",
    },
    "customer.verification_requested": {
        "event_id": "evt_7d0c1b3e5f2a4b6c8d9e0f1a2b3c4d5e",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "verification_id": "ver_7d0c1b3e5f2a4b6c8d9e0f1a2b3c4d5e",
        "requested_at": "2026-06-05T09:10:00Z",
    },
    "customer.verified": {
        "event_id": "evt_2c4e6a8b0d1f4a3c9b7e5d6f8a0c1e3b",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "verified_at": "2026-06-05T09:14:00Z",
    },
    "customer.erased": {
        "event_id": "evt_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "erasure_id": "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "outcome": "anonymized",
        "erased_at": "2026-06-05T09:20:00Z",
    },
    "customer.erasure_escalated": {
        "event_id": "evt_escalated_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "version": 1,
        "enterprise_id": "11111111-1111-1111-1111-111111111111",
        "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
        "erasure_id": "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c",
        "requested_at": "2026-06-05T09:20:00Z",
    },
}


def published_schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of every published event's detail, by type."""
    schemas = {}
    for kind, shape in PUBLISHED.items():
        shape.__pydantic_config__ = ConfigDict(use_attribute_docstrings=True, extra="forbid")
        schemas[kind] = TypeAdapter(shape).json_schema()
    return schemas
