"""Non-purchase events: their types, and what an event may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from customers.domain.canonical_json import compact_json
from customers.domain.refusals import ValidationError

EventType = Literal["check_in", "survey_response", "loyalty_card_scan", "feedback"]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

MAX_ATTRIBUTES = 4096
"""Bytes of the attributes, as compact JSON in UTF-8."""
MAX_NESTING = 3
"""Levels of objects and lists, counting the attributes themselves."""
MAX_AHEAD = timedelta(minutes=5)
"""How far a till's clock may be ahead."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIKE = 0.5
"""From 0 to 1: how similar a word must be to a type to be suggested."""


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event as a till sends it. `occurred_at` is None if the till did not say when."""

    type: EventType
    occurred_at: datetime | None
    attributes: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One event, recorded at a branch, perhaps in a checkout session."""

    id: str
    type: EventType
    customer_id: str
    branch_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    attributes: Mapping[str, Any] = field(repr=False)
    session_id: str | None = None


def event_type(text: str) -> EventType:
    """Raises `ValidationError`, which lists the types and suggests the nearest."""
    if text not in EVENT_TYPES:
        raise ValidationError("event_type", f"is not one of {', '.join(EVENT_TYPES)}{_meant(text)}")
    return text


def _meant(text: str) -> str:
    # Imported here: the catalogue imports this module, and a lookup must not pay for it.
    from difflib import get_close_matches

    nearest = get_close_matches(text[:40].lower(), EVENT_TYPES, n=1, cutoff=_LIKE)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def happened_at(stated: datetime | None, now: datetime, field: str = "occurred_at") -> datetime:
    """The instant that the till stated in `field`, else now. Raises `ValidationError`."""
    if stated is None:
        return now
    if not _EPOCH <= stated <= now + MAX_AHEAD:
        raise ValidationError(field, "is before 1970 or more than five minutes ahead")
    return stated


def require_small(attributes: Mapping[str, Any]) -> None:
    """Raises `ValidationError` if the attributes are too large or too deeply nested."""
    if _is_deeper(attributes, MAX_NESTING):
        raise ValidationError("attributes", f"have more than {MAX_NESTING} levels of objects and lists")
    if len(compact_json(attributes).encode()) > MAX_ATTRIBUTES:
        raise ValidationError("attributes", f"have more than {MAX_ATTRIBUTES} bytes of JSON")


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)
