"""What a customer does that is no purchase: the types, and what an event may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from customers.domain.refusals import ValidationError

EventType = Literal["check_in", "survey_response", "loyalty_card_scan", "feedback"]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

ENTRY = "event."
"""How the type of an event's entry in the history begins; no projection is folded from those."""

MAX_ATTRIBUTES = 4096
"""Bytes of the attributes: their JSON in UTF-8, without white space between."""
MAX_NESTING = 3
"""Objects and lists inside each other, the attributes themselves being the first."""
MAX_AHEAD = timedelta(minutes=5)
"""By which a till's clock may be ahead of ours."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIKE = 0.5
"""From 0 to 1: how much like a type a word must be to be taken for a slip of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a till says has happened. `occurred_at` is None where it was not said."""

    type: EventType
    occurred_at: datetime | None
    attributes: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that has happened, recorded at a branch, perhaps in a checkout session."""

    id: str
    type: EventType
    customer_id: str
    branch_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    attributes: Mapping[str, Any] = field(repr=False)
    session_id: str | None = None


def event_type(text: str) -> EventType:
    """Raises `ValidationError`, which lists the types and names the nearest."""
    if text not in EVENT_TYPES:
        raise ValidationError("event_type", f"is not one of {', '.join(EVENT_TYPES)}{_meant(text)}")
    return text


def _meant(text: str) -> str:
    # Here, because the catalogue reads this module, and a lookup must not pay for it.
    from difflib import get_close_matches

    nearest = get_close_matches(text[:40].lower(), EVENT_TYPES, n=1, cutoff=_LIKE)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def happened_at(told: datetime | None, now: datetime, field: str = "occurred_at") -> datetime:
    """When it happened: as told, in `field`, else now. Raises `ValidationError`."""
    if told is None:
        return now
    if not _EPOCH <= told <= now + MAX_AHEAD:
        raise ValidationError(field, "lies before 1970 or more than five minutes ahead")
    return told


def require_small(attributes: Mapping[str, Any]) -> None:
    """Raises `ValidationError` where there is more of them, or more deeply nested, than an event may hold."""
    if _is_deeper(attributes, MAX_NESTING):
        raise ValidationError("attributes", f"nest more than {MAX_NESTING} levels of objects and lists")
    if len(json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_ATTRIBUTES:
        raise ValidationError("attributes", f"hold more than {MAX_ATTRIBUTES} bytes of JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)
