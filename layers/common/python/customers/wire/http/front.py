"""The answer of `GET /capabilities`."""

from __future__ import annotations

from typing import Any

from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import TypedDict

UNMOUNTED = "unmounted"
INCLUDE_UNMOUNTED = Parameter(
    "include",
    "`unmounted` adds the operations that this environment does not mount, with `x-mounted: false`. Their shapes are "
    "frozen, so you can already write callers for them.",
    schema={"type": "string", "enum": [UNMOUNTED]},
    example=UNMOUNTED,
)


def read_include(request: Request) -> bool:
    """True if the document must include the unmounted operations. Raises `ValidationError`."""
    include = request.one("include")
    if include not in (None, UNMOUNTED):
        raise ValidationError("include", f"must be {UNMOUNTED}")
    return include is not None


class OperationData(TypedDict):
    name: str
    method: str
    path: str
    availability: str
    mounted: bool
    """Whether this environment offers the operation."""
    deprecated_since: str | None
    """The day (UTC) on which its end was announced; null if it was not."""
    sunset: str | None
    """The day (UTC) from which it may answer no more."""


class CapabilitiesData(TypedDict):
    api_version: str
    sandbox: bool
    """Whether the reserved numbers (`+97410…`) answer in a made-up way here. Never in production."""
    operations: list[OperationData]
    event_types: dict[str, dict[str, Any]]
    """The JSON Schema of each accepted type, by name: for facts on the bus, such as `purchase.completed`, the schema of
    the detail; for events that `record_event` takes, such as `check_in`, the schema of the body."""
    published_types: dict[str, dict[str, Any]]
    """The JSON Schema of the detail of each published event, by its type, such as `customer.merged`."""
    limits: dict[str, int]
    retention_days: dict[str, int]
    """How long we keep data of each kind, in days, rounded up. The ledger is kept until the person is erased."""
    erasure_receipt_keys: list[dict[str, str]]
    """The public keys that verify erasure receipts: JSON Web Keys (RFC 7517), by `kid`."""
