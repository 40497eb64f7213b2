"""Reads our own events when the bus delivers them to a queue of ours."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from customers.domain.identity.verification import Link
from customers.domain.refusals import ValidationError
from customers.wire.events.published import PUBLISHED


def read_verification_requested(body: str) -> Link:
    """The customer and the verification. Raises `ValidationError`."""
    detail = _detail("customer.verification_requested", body)
    return Link(detail["enterprise_id"], detail["customer_id"], detail["verification_id"])


def read_erasure(body: str) -> tuple[str, str]:
    """The enterprise, and the id of an erasure that begins or waits. Raises `ValidationError`."""
    detail = _detail("customer.erased", body, "customer.erasure_escalated")
    return detail["enterprise_id"], detail["erasure_id"]


def _detail(kind: str, body: str, *others: str) -> Any:
    """The detail inside the EventBridge event, which is of one of these types."""
    try:
        event = json.loads(body)
        named = event.get("detail-type") if others else kind
        return _DETAILS[named if named in others else kind].validate_python(event["detail"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise ValidationError("body", f"is not an event {' or '.join((kind, *others))}") from None


_DETAILS: dict[str, TypeAdapter[Any]] = {
    kind: TypeAdapter(PUBLISHED[kind])
    for kind in (
        "customer.verification_requested",
        "customer.erased",
        "customer.erasure_escalated",
    )
}
