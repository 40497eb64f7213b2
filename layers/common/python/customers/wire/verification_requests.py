"""The event that has a link sent, as the bus hands it over to a queue."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from customers.domain.refusals import Invalid
from customers.domain.verification import Link
from customers.wire.published import CustomerVerificationRequested
from customers.wire.schema import TypedDict


class _Event(TypedDict):
    """What EventBridge puts around a detail."""

    detail: CustomerVerificationRequested


_EVENT = TypeAdapter(_Event)


def read_verification_requested(body: str) -> Link:
    """Whose phone is to be verified, and by which verification. Raises `Invalid`."""
    try:
        detail = _EVENT.validate_python(json.loads(body))["detail"]
    except ValueError:
        raise Invalid("body", "is no event customer.verification_requested") from None
    return Link(detail["enterprise_id"], detail["customer_id"], detail["verification_id"])
