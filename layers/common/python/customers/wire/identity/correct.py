"""Correct: the request and the answer. Plain types only: the catalogue imports this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired

from customers.domain.customers.names import MAX_NAME, clean_name
from customers.domain.customers.profile import Profile, State
from customers.domain.customers.status import Status, identify
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import MAX_TYPED, Phone, normalise
from customers.domain.identity.verification import Verification
from customers.domain.instants import show_instant
from customers.domain.refusals import ValidationError
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, Limits, TypedDict
from customers.wire.identifiers.paths import read_id


class CorrectBody(TypedDict):
    """What to correct: at least one of the two. A missing field stays as it is."""

    name: NotRequired[Annotated[str, Limits(min_length=1, max_length=MAX_NAME)]]
    """The name, in one line, with at least one character that can be seen."""
    phone: NotRequired[Annotated[str, Limits(min_length=1, max_length=MAX_TYPED)]]
    """A mobile number, in E.164 or as people type it. We send it a verification link by SMS. Send the current phone to
    get a new link while it is unverified."""


@dataclass(frozen=True, slots=True)
class CorrectRequest:
    """The customer and the corrections; None means no change."""

    customer_id: str
    name: str | None = field(repr=False)
    phone: Phone | None

    @staticmethod
    def read(request: Request, settings: Settings) -> CorrectRequest:
        """Raises `ValidationError` naming the field to mend, or `NotFound`."""
        customer_id, body = read_id(request), read_body(request, CorrectBody)
        name, phone = body.get("name"), body.get("phone")
        if name is None and phone is None:
            raise ValidationError("body", "must have name or phone")
        return CorrectRequest(
            customer_id,
            None if name is None else clean_name(name),
            None if phone is None else normalise(phone, settings.home_region),
        )

    def payload(self) -> dict[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        return {"id": self.customer_id, "name": self.name, "phone": self.phone and self.phone.e164}


class RequestedVerification(TypedDict):
    verification_id: str
    requested_at: Instant


class CorrectData(TypedDict):
    customer_id: str
    status: Status
    """As in a lookup by the phone. With a new phone it is `pending_proof` until the phone is verified."""
    name: str | None
    phone: str
    """E.164."""
    state: State
    corrected: list[str]
    """The fields that changed: `name`, `phone`. Empty when nothing had to change."""
    verification: RequestedVerification | None
    """The verification link that we are sending; null when there is nothing to verify, and for a disabled customer."""


def correct_data(profile: Profile, corrected: list[str], verification: Verification | None) -> CorrectData:
    """The answer: the corrected customer."""
    requested: RequestedVerification | None = None
    if verification:
        requested = {"verification_id": verification.id, "requested_at": show_instant(verification.requested_at)}
    return {
        "customer_id": profile.customer_id,
        "status": identify(profile)[0],
        "name": profile.name,
        "phone": profile.phone.e164,
        "state": profile.state,
        "corrected": corrected,
        "verification": requested,
    }


CORRECT_BODY_EXAMPLE: CorrectBody = {"phone": "+97433001123"}
CORRECT_EXAMPLE: CorrectData = {
    "customer_id": "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90",
    "status": "pending_proof",
    "name": "Layla Hassan",
    "phone": "+97433001123",
    "state": "PENDING_PROOF",
    "corrected": ["phone"],
    "verification": {
        "verification_id": "ver_7d0c1b3e5f2a4b6c8d9e0f1a2b3c4d5e",
        "requested_at": "2026-06-05T09:10:00Z",
    },
}
