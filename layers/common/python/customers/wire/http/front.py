"""What the system says of itself."""

from __future__ import annotations

from typing import Any

from customers.domain.refusals import ValidationError
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import TypedDict

UNMOUNTED = "unmounted"
INCLUDE_UNMOUNTED = Parameter(
    "include",
    "`unmounted` adds the operations that this environment does not mount, marked `x-mounted: false`: their shapes are "
    "frozen, so that callers can be written against them.",
    schema={"type": "string", "enum": [UNMOUNTED]},
    example=UNMOUNTED,
)


def read_include(request: Request) -> bool:
    """Whether the operations that are not mounted are wanted, too. Raises `ValidationError`."""
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
    """Whether this environment answers it."""


class CapabilitiesData(TypedDict):
    api_version: str
    operations: list[OperationData]
    event_types: dict[str, dict[str, Any]]
    """JSON Schema of each type of event that is taken, by its name: of a fact on the bus its detail, as
    `purchase.completed`; of what `record_event` takes its body, as `check_in`."""
    limits: dict[str, int]
    retention_days: dict[str, int]
    """How long what is kept, in days begun; the ledger is kept until its person is erased."""
    erasure_receipt_keys: list[dict[str, str]]
    """What receipts of erasures are verified with: public JSON Web Keys (RFC 7517), by `kid`."""
