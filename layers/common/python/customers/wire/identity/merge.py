"""Merge: the request and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NotRequired

from customers.domain.customers.badge import explain_badge
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Settings
from customers.domain.instants import show_instant
from customers.wire.customers.customer import Customer, customer_data
from customers.wire.customers.examples import CUSTOMER_EXAMPLE
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, Limits, TypedDict
from customers.wire.identifiers.paths import read_id


class MergeBody(TypedDict):
    """The duplicate of the customer in the path."""

    absorbed_customer_id: Annotated[str, Limits(min_length=1, max_length=64)]
    """The duplicate's id. Its id and its phone then resolve to the survivor."""
    validate_only: NotRequired[bool]
    """`true` previews the merge and writes nothing."""


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """The survivor, and the customer to absorb."""

    customer_id: str
    absorbed_id: str
    validate_only: bool

    @staticmethod
    def read(request: Request, _settings: Settings) -> MergeRequest:
        """Raises `ValidationError` naming the field to mend, or `NotFound`."""
        customer_id, body = read_id(request), read_body(request, MergeBody)
        return MergeRequest(customer_id, body["absorbed_customer_id"], body.get("validate_only", False))

    def payload(self) -> dict[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        return {"id": self.customer_id, "absorbed": self.absorbed_id, "validate_only": self.validate_only}


class MergeData(TypedDict):
    customer_id: str
    """The survivor. It keeps its id, its phone and the phone's verification."""
    absorbed_customer_id: str
    customer: Customer
    """The survivor after the merge."""
    blockers: list[str]
    """Why the two cannot be merged; empty when they can. Only a preview has any."""
    merged_at: Instant | None
    """Null in a preview."""


def merge_data(
    profile: Profile, absorbed_id: str, blockers: Sequence[str], settings: Settings, now: datetime, *, preview: bool
) -> MergeData:
    """The answer: the survivor as it is now, or as it would be."""
    return {
        "customer_id": profile.customer_id,
        "absorbed_customer_id": absorbed_id,
        "customer": customer_data(profile, explain_badge(profile.activity, settings.badge, now), now),
        "blockers": list(blockers),
        "merged_at": None if preview else show_instant(now),
    }


MERGE_BODY_EXAMPLE: MergeBody = {"absorbed_customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f"}
MERGE_EXAMPLE: MergeData = {
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "absorbed_customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f",
    "customer": CUSTOMER_EXAMPLE,
    "blockers": [],
    "merged_at": "2026-06-05T09:10:00Z",
}
