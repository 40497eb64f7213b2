"""Open and read checkout sessions: the requests and the answer. Plain types only: the catalogue imports this."""

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
from customers.wire.events.record_event import EventBody, event_payload, read_event_entry
from customers.wire.http.body import inside, read_body_if_any
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant, Limits, TypedDict
from customers.wire.identity.identify import CustomerContext

MAX_BASKET_REFERENCE = 128
_ID = re.compile(r"ses_[0-9A-Za-z]{1,60}", re.ASCII)

SESSION_IN_PATH = Parameter(
    "id",
    "The id of the session.",
    where="path",
    required=True,
    schema={"type": "string", "pattern": f"^{_ID.pattern}$"},
    example="ses_7b1f0c5e9d2a4e6fb3c8a1d0e5f49627",
)

SessionStatus = Literal["anonymous", "identified_in_session"]
Events = Annotated[list[EventBody], Limits(max_length=MAX_EVENTS)]


class OpenSessionBody(TypedDict):
    """What the till knows of the order so far. Every field, and the body itself, is optional. Null means the same as
    leaving the field out."""

    basket_reference: NotRequired[Annotated[str, Limits(min_length=1, max_length=MAX_BASKET_REFERENCE)] | None]
    """The till's own name for the order, in printable characters. It joins the history of the identified customer."""
    events: NotRequired[Events | None]
    """Non-purchase events so far, each as in `record_event`. The session keeps them until a customer is attached. If
    that never happens, they expire with the session."""


@dataclass(frozen=True, slots=True)
class OpenSessionRequest:
    """The request that opens a session."""

    basket_reference: str | None = field(repr=False)
    events: tuple[EventEntry, ...]

    @staticmethod
    def read(request: Request, _settings: Settings) -> OpenSessionRequest:
        """Raises `ValidationError` naming the field to mend."""
        body = read_body_if_any(request, OpenSessionBody)
        return OpenSessionRequest(_basket(body.get("basket_reference")), read_event_entries(body.get("events") or ()))

    def payload(self) -> Mapping[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        return {"basket_reference": self.basket_reference, "events": list(map(event_payload, self.events))}


@dataclass(frozen=True, slots=True)
class BySession:
    """A request that only names a session."""

    session_id: str

    @staticmethod
    def read(request: Request, _settings: Settings) -> BySession:
        """Raises `NotFound`."""
        return BySession(read_session_id(request))


class SessionEvent(TypedDict):
    event_id: str
    """The event keeps this id in the customer's history."""
    event_type: EventType
    occurred_at: Instant


class SessionData(TypedDict):
    session_id: str
    status: SessionStatus
    """Decide by this what to show. With `identified_in_session` you need no lookup: `context` has the customer."""
    opened_at: Instant
    expires_at: Instant
    """When the session ends. After that it is a 404."""
    branch_id: str
    """The branch where it was opened. At any other branch it is a 404."""
    basket_reference: str | None
    events: list[SessionEvent]
    """The session's events so far. Once the session is identified, they are in the customer's history."""
    identified_at: Instant | None
    """When the session was first identified."""
    context: CustomerContext | None
    """The customer; null while the session is anonymous. It is the answer of the latest identification, as of its
    `fetched_at`. If the customer has got another phone since, it is the same customer as of now. After a merge it is
    the survivor. If the customer has been disabled or erased, its status is `not_found`."""


def session_data(session: Session, context: Mapping[str, Any] | None) -> SessionData:
    """The answer. `context` is the answer about its customer, as far as it may be shown."""
    who = session.identified
    shown: Any = context
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
        "context": shown,
    }


def read_session_id(request: Request) -> str:
    """The path's id. An impossible id is refused like an unknown one: raises `NotFound`."""
    session_id = request.variable("id")
    if not _ID.fullmatch(session_id):
        raise NotFound("id", UNKNOWN_SESSION)
    return session_id


def read_event_entries(bodies: Sequence[EventBody]) -> tuple[EventEntry, ...]:
    """Raises `ValidationError` with the number of the event and the field."""
    entries = []
    for number, body in enumerate(bodies):
        with inside(f"events.{number}"):
            entries.append(read_event_entry(body))
    return tuple(entries)


def _basket(text: str | None) -> str | None:
    if text is not None and not (text.strip() and text.isprintable()):
        raise ValidationError("basket_reference", f"must be 1 to {MAX_BASKET_REFERENCE} printable characters")
    return text
