"""Checkout sessions, opened and read: the requests and the answer. Plain types only, for the catalogue reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired

from customers.domain.enterprise import Settings
from customers.domain.events.recorded import EventEntry, EventType
from customers.domain.instants import show_instant
from customers.domain.refusals import NotFound, ValidationError
from customers.domain.sessions import MAX_EVENTS, UNKNOWN_SESSION, Session
from customers.wire.events.record_event import EventBody, event_payload, told_event
from customers.wire.http.body import inside, read_body_if_any
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, Limits, TypedDict
from customers.wire.identity.identify import CustomerContext

MAX_BASKET_REFERENCE = 128
_ID = re.compile(r"ses_[0-9A-Za-z]{1,60}", re.ASCII)

SESSION_IN_PATH = Parameter(
    "id",
    "The id that the session was given when it was opened.",
    where="path",
    required=True,
    schema={"type": "string", "pattern": f"^{_ID.pattern}$"},
    example="ses_7b1f0c5e9d2a4e6fb3c8a1d0e5f49627",
)

SessionStatus = Literal["anonymous", "identified_in_session"]
Events = Annotated[list[EventBody], Limits(max_length=MAX_EVENTS)]


class OpenSessionBody(TypedDict):
    """What is known of the order so far; all of it may be left out, the body too. Null is as if left out."""

    basket_reference: NotRequired[Annotated[str, Limits(min_length=1, max_length=MAX_BASKET_REFERENCE)] | None]
    """The till's own name for the order: printable. It goes to the history of whom the session is identified as."""
    events: NotRequired[Events | None]
    """What was done so far that is no purchase, each as `record_event` takes it. They wait in the session until it is
    known whose they are, and end with it where that never is."""


@dataclass(frozen=True, slots=True)
class OpenSessionRequest:
    """What a session is opened with."""

    basket_reference: str | None = field(repr=False)
    events: tuple[EventEntry, ...]

    @staticmethod
    def read(request: Request, _settings: Settings) -> OpenSessionRequest:
        """Raises `ValidationError` naming the field to mend."""
        body = read_body_if_any(request, OpenSessionBody)
        return OpenSessionRequest(_basket(body.get("basket_reference")), told_events(body.get("events") or ()))

    def payload(self) -> Mapping[str, Any]:
        """What two requests have in common that ask the same."""
        return {"basket_reference": self.basket_reference, "events": list(map(event_payload, self.events))}


@dataclass(frozen=True, slots=True)
class BySession:
    """A request that says a session and nothing else."""

    session_id: str

    @staticmethod
    def read(request: Request, _settings: Settings) -> BySession:
        """Raises `NotFound`."""
        return BySession(read_session_id(request))


class SessionEvent(TypedDict):
    event_id: str
    """In the customer's history it has the same, once the session is identified."""
    event_type: EventType
    occurred_at: Instant


class SessionData(TypedDict):
    session_id: str
    status: SessionStatus
    """Branch the panel on this: `identified_in_session` needs no lookup any more, `context` says who it is."""
    opened_at: Instant
    expires_at: Instant
    """From then on it is unknown."""
    branch_id: str
    """The branch that it was opened at. At any other it is unknown."""
    basket_reference: str | None
    events: list[SessionEvent]
    """Given to the session so far. Once it is identified they are in the customer's history."""
    identified_at: Instant | None
    """When it was identified first."""
    context: CustomerContext | None
    """Who the customer is, as of `fetched_at`; null where the session is anonymous. It is the answer of the last
    identification. Once the customer has another phone, it is the same customer as they are now. Once the customer has
    been merged into another, it is the survivor. A customer who is disabled or erased is a stranger."""


def session_data(session: Session, context: Mapping[str, Any] | None) -> SessionData:
    """The answer; `context` is that of whom it was identified as, as far as it may be told."""
    who = session.identified
    told: Any = context
    return {
        "session_id": session.id,
        "status": "identified_in_session" if who else "anonymous",
        "opened_at": show_instant(session.opened_at),
        "expires_at": show_instant(session.expires_at),
        "branch_id": session.branch,
        "basket_reference": session.basket_reference,
        "events": [
            {"event_id": each.id, "event_type": each.type, "occurred_at": show_instant(each.occurred_at)}
            for each in session.events
        ],
        "identified_at": show_instant(who.at) if who else None,
        "context": told,
    }


def read_session_id(request: Request) -> str:
    """The path's id. What cannot be one is refused like one that is nobody's: raises `NotFound`."""
    session_id = request.variable("id")
    if not _ID.fullmatch(session_id):
        raise NotFound("id", UNKNOWN_SESSION)
    return session_id


def told_events(bodies: Sequence[EventBody]) -> tuple[EventEntry, ...]:
    """Raises `ValidationError` naming the event by its number, and its field."""
    told = []
    for number, body in enumerate(bodies):
        with inside(f"events.{number}"):
            told.append(told_event(body))
    return tuple(told)


def _basket(text: str | None) -> str | None:
    if text is not None and not (text.strip() and text.isprintable()):
        raise ValidationError("basket_reference", f"must be 1 to {MAX_BASKET_REFERENCE} printable characters")
    return text
