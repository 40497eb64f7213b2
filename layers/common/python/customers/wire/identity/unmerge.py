"""Unmerge: the request and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NotRequired

from customers.domain.customers.badge import explain_badge
from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Settings
from customers.domain.identity.unmerge import Separation
from customers.domain.instants import show_instant
from customers.wire.customers.customer import Customer, customer_data
from customers.wire.customers.examples import CUSTOMER_EXAMPLE
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, Limits, TypedDict
from customers.wire.identifiers.paths import read_id


class UnmergeBody(TypedDict):
    """A customer who was merged into the customer in the path."""

    absorbed_customer_id: Annotated[str, Limits(min_length=1, max_length=64)]
    """The absorbed customer's id. Its id and its phone then identify that customer again."""
    validate_only: NotRequired[bool]
    """`true` previews both customers and writes nothing."""


@dataclass(frozen=True, slots=True)
class UnmergeRequest:
    """The survivor, and the absorbed customer to set free."""

    customer_id: str
    absorbed_id: str
    validate_only: bool

    @staticmethod
    def read(request: Request, _settings: Settings) -> UnmergeRequest:
        """Raises `ValidationError` naming the field to mend, or `NotFound`."""
        customer_id, body = read_id(request), read_body(request, UnmergeBody)
        return UnmergeRequest(customer_id, body["absorbed_customer_id"], body.get("validate_only", False))

    def payload(self) -> dict[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        return {"id": self.customer_id, "absorbed": self.absorbed_id, "validate_only": self.validate_only}


class UnmergeData(TypedDict):
    customer_id: str
    """The survivor."""
    absorbed_customer_id: str
    """The customer who is set free, with everyone whom this customer had absorbed before."""
    customer: Customer
    """The survivor after the unmerge."""
    absorbed_customer: Customer
    """The customer who is set free, after the unmerge."""
    would_owe_minor: Annotated[int, Limits(ge=0)]
    """By how much the balances of the two would be below 0. More than 0 blocks, unless `unmerge_policy` is `owe`."""
    blockers: list[str]
    """Why the two cannot be parted; empty when they can. Only a preview has any."""
    unmerged_at: Instant | None
    """Null in a preview."""


def unmerge_data(
    separation: Separation, request: UnmergeRequest, settings: Settings, now: datetime, *, has_phone: bool
) -> UnmergeData:
    """The answer: both customers as they are now, or as they would be."""
    rest, freed = (each.account.profile for each in (separation.rest, separation.freed))
    return {
        "customer_id": rest.customer_id,
        "absorbed_customer_id": freed.customer_id,
        "customer": _customer(rest, settings, now),
        "absorbed_customer": _customer(freed, settings, now),
        "would_owe_minor": separation.would_owe_minor,
        "blockers": separation.blockers(settings.unmerge_policy, has_phone=has_phone),
        "unmerged_at": None if request.validate_only else show_instant(now),
    }


def _customer(profile: Profile, settings: Settings, now: datetime) -> Customer:
    return customer_data(profile, explain_badge(profile.activity, settings.badge, now), now)


UNMERGE_BODY_EXAMPLE: UnmergeBody = {"absorbed_customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f"}
UNMERGE_EXAMPLE: UnmergeData = {
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "absorbed_customer_id": "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f",
    "customer": CUSTOMER_EXAMPLE,
    "absorbed_customer": {**CUSTOMER_EXAMPLE, "name": "Leila Hassan", "phone": "+97433009988"},
    "would_owe_minor": 0,
    "blockers": [],
    "unmerged_at": "2026-06-05T09:10:00Z",
}
