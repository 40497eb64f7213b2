"""Checkout sessions: events that a till collects during an order, and the customer, once identified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.customers.status import identify
from customers.domain.events.recorded import Event, EventEntry, EventType, happened_at
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import NotFound, ValidationError

SESSION_LIFETIME = timedelta(hours=4)
"""Counted from the opening."""
MAX_EVENTS = 40
"""Per session: each event is two rows in the transaction that identifies it, which may have a hundred."""
UNKNOWN_SESSION = "does not match an open session of this branch; session ids begin with ses_, and sessions expire"
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """An event of a session."""

    id: str
    type: EventType
    occurred_at: datetime
    attributes: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answer about a customer, kept so that it can be given again.

    `mark` is the mark of the enterprise's last departure, read before the customer was. As long as it is still the last
    one, no customer has been disabled, merged or erased since.
    """

    context: Mapping[str, Any] = field(repr=False)
    completeness: int
    mark: str


@dataclass(frozen=True, slots=True)
class Identified:
    """The customer of a session. `at` is the first identification, `snapshot` the latest answer."""

    customer_id: str
    phone: Phone
    at: datetime
    snapshot: Snapshot

    def is_of(self, profile: Profile | None) -> bool:
        """Whether it is this customer, disabled or not."""
        return profile is not None and profile.customer_id == self.customer_id

    def still(self, profile: Profile | None) -> bool:
        """Whether the phone still belongs to this customer, who is not disabled."""
        _, known = identify(profile)
        return self.is_of(known)


@dataclass(frozen=True, slots=True)
class Session:
    """`events` are all events of the session, without attributes once they belong to a customer.

    `revision` counts the changes since the opening.
    """

    id: str
    branch: str
    opened_at: datetime
    basket_reference: str | None = field(repr=False)
    events: tuple[SessionEvent, ...] = ()
    revision: int = 0
    identified: Identified | None = None
    opening_key: str = field(default="", repr=False)
    """The idempotency key of the request that opened it. Once a customer is identified, its answer is about them."""

    @property
    def expires_at(self) -> datetime:
        return self.opened_at + SESSION_LIFETIME


@dataclass(frozen=True, slots=True)
class Identification:
    """The result of identifying a session: the session afterwards, and the events that become the customer's."""

    session: Session
    identified: Identified
    events: tuple[Event, ...]
    is_first: bool


def known_session(session: Session | None) -> Session:
    """Raises `NotFound`."""
    if session is None:
        raise NotFound("id", UNKNOWN_SESSION)
    return session


def session_events(
    entries: Sequence[EventEntry], now: datetime, new_id: Callable[[], str], held: int = 0
) -> tuple[SessionEvent, ...]:
    """The new events of a session that has `held` events already. Raises `ValidationError` naming the event."""
    if held + len(entries) > MAX_EVENTS:
        raise ValidationError("events", f"would be more than {MAX_EVENTS} together with the session's own")
    events = []
    for number, each in enumerate(entries):
        occurred_at = happened_at(each.occurred_at, now, f"events.{number}.occurred_at")
        events.append(SessionEvent(new_id(), each.type, occurred_at, each.attributes))
    return tuple(events)


def require_same(before: Profile | None, profile: Profile, named_by: str) -> None:
    """`before` is the customer of the earlier identification, after merges the survivor.

    Raises `ValidationError` if `profile` is another customer. The message says nothing about either.
    """
    if before is None or before.customer_id != profile.customer_id:
        raise ValidationError(
            named_by, "is not of the customer whom this session was identified as; open another session"
        )


def identification(
    session: Session, profile: Profile, more: Sequence[SessionEvent], snapshot: Snapshot, now: datetime
) -> Identification:
    """The customer gets all events of the session; at a repeated identification only `more`."""
    before = session.identified
    new = more if before else (*session.events, *more)
    events = tuple(
        Event(
            each.id,
            each.type,
            profile.customer_id,
            session.branch,
            each.occurred_at,
            # In the order in which they arrived, for the consumers of the published events.
            now + number * _TICK,
            each.attributes,
            session.id,
        )
        for number, each in enumerate(new)
    )
    identified = Identified(profile.customer_id, profile.phone, before.at if before else now, snapshot)
    held = tuple(replace(each, attributes={}) for each in (*session.events, *more))
    after = replace(session, events=held, revision=session.revision + 1, identified=identified)
    return Identification(after, identified, events, is_first=before is None)
