"""The event that has a merge's history brought over, as the bus hands it over to a queue."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from customers.domain.refusals import Invalid
from customers.wire.published import CustomerMerged
from customers.wire.schema import TypedDict


class _Event(TypedDict):
    """What EventBridge puts around a detail."""

    detail: CustomerMerged


_EVENT = TypeAdapter(_Event)


def read_merged(body: str) -> tuple[str, str]:
    """The enterprise, and the absorbed customer's id. Raises `Invalid`."""
    try:
        detail = _EVENT.validate_python(json.loads(body))["detail"]
    except ValueError:
        raise Invalid("body", "is no event customer.merged") from None
    return detail["enterprise_id"], detail["absorbed_customer_id"]
