"""The types of events that a till records, with their known attributes.

Plain types only: the catalogue imports this. Other attributes are allowed, and are kept and shown unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired

from customers.domain.events.recorded import EventType, require_small
from customers.wire.http.body import read_part
from customers.wire.http.schema import Limits, TypedDict


class CheckIn(TypedDict):
    """The customer came in."""

    source: NotRequired[str]
    """How the till learned of it, such as `loyalty_card_scan`."""
    note: NotRequired[str]
    """A note in plain words."""


class SurveyResponse(TypedDict):
    """The customer answered a survey."""

    survey_id: NotRequired[str]
    """Which survey."""
    score: NotRequired[float]
    """On the survey's own scale."""
    comment: NotRequired[str]
    """In the customer's words."""


class LoyaltyCardScan(TypedDict):
    """A reader scanned the customer's loyalty card."""

    card_id: NotRequired[str]
    """Which card."""
    source: NotRequired[str]
    """The reader, such as `kiosk`."""


class Feedback(TypedDict):
    """The customer gave their opinion."""

    rating: NotRequired[Annotated[float, Limits(ge=0, le=10)]]
    """0 to 10; higher is better."""
    comment: NotRequired[str]
    """In the customer's words."""


ATTRIBUTES: dict[EventType, type[Any]] = {
    "check_in": CheckIn,
    "survey_response": SurveyResponse,
    "loyalty_card_scan": LoyaltyCardScan,
    "feedback": Feedback,
}

EXAMPLES: dict[EventType, dict[str, Any]] = {
    "check_in": {"source": "loyalty_card_scan", "note": "Walked in, browsed, did not buy"},
    "survey_response": {
        "survey_id": "spring-2026",
        "score": 9,
        "comment": "Quick and friendly",
        "answers": {"would_return": True, "liked": ["coffee", "music"]},
    },
    "loyalty_card_scan": {"card_id": "card-8841", "source": "kiosk"},
    "feedback": {"rating": 4, "comment": "The oat milk was out", "topic": "menu"},
}
"""Attributes of each type; some examples also have an unknown one."""


def require_attributes(kind: EventType, attributes: Mapping[str, Any]) -> None:
    """Raises `ValidationError` naming the attribute, or `attributes` if they are too large or too deep."""
    require_small(attributes)
    read_part(attributes, ATTRIBUTES[kind], "attributes")
