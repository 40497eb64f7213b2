"""Session identify: the request and the answer. Plain types only: the catalogue imports this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired

from customers.domain.enterprise import Settings
from customers.domain.events.recorded import EventEntry
from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import show_instant
from customers.domain.sessions import Identification
from customers.wire.events.record_event import event_payload
from customers.wire.http.body import read_body
from customers.wire.http.request import Request
from customers.wire.http.schema import Instant
from customers.wire.identifiers.address import read_address
from customers.wire.identity.identify import CustomerContext, IdentifyBody
from customers.wire.sessions.session import Events, read_event_entries, read_session_id


class IdentifySessionBody(IdentifyBody):
    """The customer: at least one of phone and provider id. Null means the same as leaving the field out."""

    events: NotRequired[Events | None]
    """Events since the session was opened, each as in `record_event`. `GET /capabilities` has the limit for a session's
    events in all. If no customer is found, we do not keep these events: send them again with the next request."""


@dataclass(frozen=True, slots=True)
class IdentifySessionRequest:
    """The session, and the customer's address."""

    session_id: str
    address: Phone | ProviderId
    events: tuple[EventEntry, ...]

    @staticmethod
    def read(request: Request, settings: Settings) -> IdentifySessionRequest:
        """Raises `ValidationError` naming the field to mend, or `NotFound`."""
        session_id, body = read_session_id(request), read_body(request, IdentifySessionBody)
        address = read_address(body.get("phone"), body.get("provider_customer_id"), settings)
        return IdentifySessionRequest(session_id, address, read_event_entries(body.get("events") or ()))

    @property
    def named_by(self) -> str:
        """The field of the body that names the customer."""
        return "phone" if isinstance(self.address, Phone) else "provider_customer_id"

    def payload(self) -> Mapping[str, Any]:
        """Plain JSON, equal for two requests with the same meaning."""
        who = self.address.e164 if isinstance(self.address, Phone) else self.address.value
        return {
            "session_id": self.session_id,
            self.named_by: who,
            "events": list(map(event_payload, self.events)),
        }


class SessionContext(CustomerContext):
    """The customer. The session keeps it, and `read_session` returns it again."""

    session_id: str
    identified_at: Instant | None
    """When the session was first identified; null when no customer was found, and the session stays as it was."""
    merged_event_ids: list[str]
    """The ids of the events that this request added to the customer's history: those that the session had, and those in
    the body."""


def session_context(session_id: str, context: CustomerContext, done: Identification | None = None) -> SessionContext:
    """The answer about a customer, or about a stranger."""
    return {
        "session_id": session_id,
        **context,
        "identified_at": show_instant(done.identified.at) if done else None,
        "merged_event_ids": [event.id for event in done.events] if done else [],
    }
