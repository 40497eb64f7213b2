"""The shapes of the lines of two files of an export: what was done with the data, and what could not be applied."""

from __future__ import annotations

from typing import Any

from customers.domain.activity_log import Outcome
from customers.wire.http.schema import Instant, TypedDict


class ActivityLine(TypedDict):
    """An administrator's request about the customer's data. The line does not name the administrator."""

    operation: str
    """The operation's name in `GET /capabilities`."""
    outcome: Outcome
    """The result, as in `GET /activity`."""
    at: Instant
    """When the request arrived."""
    last_at: Instant
    """The same; for a request that was repeated until it had an answer, the last time."""
    count: int
    """How often the request arrived."""


class RefusedFactLine(TypedDict):
    """A fact about the customer that another domain reported and that could not be applied. It changed nothing."""

    type: str | None
    """The fact's type as it was sent; null if it does not look like one."""
    source: str | None
    """The domain that reported it; null if it does not look like one."""
    fact_id: str | None
    """The reporting domain's id of the fact."""
    reason: str
    """Why it could not be applied, as `field: issue`."""
    occurred_at: Instant | None
    """When it happened, if it says so."""
    refused_at: Instant
    """When it was refused."""
    expires_at: Instant
    """When we delete it."""
    detail: dict[str, Any]
    """The fact's fields as they were sent, apart from `customer`."""
