"""What the system says of itself."""

from __future__ import annotations

from typing import Any

from customers.wire.http.schema import TypedDict


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
