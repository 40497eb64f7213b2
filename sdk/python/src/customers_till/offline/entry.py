"""An event on its way, and how a line of the journal says it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from customers_till.types import EventBody

Reason = Literal["refused", "key_over"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way. Its `repr` shows neither the customer nor what happened."""

    number: int
    key: str
    phone: str = field(repr=False)
    event: EventBody = field(repr=False)
    recorded_at: float
    """Seconds since 1970, by the till's clock."""
    tried_at: float | None = None
    """When it was first sent; from then on the service may have it."""
    held: Reason | None = None
    """Why it is not sent by itself: the service refused it, or its key may be forgotten, so that another try could
    record it twice."""
    refusal: str | None = field(default=None, repr=False)
    request_id: str | None = None


def changed(entry: Entry, record: dict[str, Any]) -> Entry:
    if record["t"] == "try":
        return replace(entry, tried_at=record["at"])
    return replace(entry, held=record["why"], refusal=record["said"], request_id=record["request"])


def added(entry: Entry) -> dict[str, Any]:
    return {
        "t": "add",
        "n": entry.number,
        "key": entry.key,
        "phone": entry.phone,
        "event": entry.event,
        "at": entry.recorded_at,
    }


def lines_of(entry: Entry) -> list[dict[str, Any]]:
    lines = [added(entry)]
    if entry.tried_at is not None:
        lines.append({"t": "try", "n": entry.number, "at": entry.tried_at})
    if entry.held is not None:
        said = {"said": entry.refusal, "request": entry.request_id}
        lines.append({"t": "hold", "n": entry.number, "why": entry.held, **said})
    return lines
