"""A checkout session: what is gathered at a counter while an order takes, and of whom it is, once that is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.customers.status import identify
from customers.domain.events.recorded import Event, EventType, Told, happened_at
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import NotFound, ValidationError

LASTS = timedelta(hours=4)
"""From its opening on, whatever happens in it."""
MAX_EVENTS = 40
"""That a session takes in all: each is two rows in the transaction that identifies it, which may have a hundred."""
UNKNOWN_SESSION = "is no open session of this branch; ids of sessions begin with ses_, and sessions expire"
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Gathered:
    """An event that was given to a session."""

    id: str
    type: EventType
    occurred_at: datetime
    attributes: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was told of a customer, so that it can be told again.

    `mark` is that of the last departure from the enterprise, read before the customer was. As long as it is the last
    one, nobody has been shut off or has gone since.
    """

    context: Mapping[str, Any] = field(repr=False)
    completeness: int
    mark: str


@dataclass(frozen=True, slots=True)
class Identified:
    """Whom a session was identified as, `at` first, and what was told of them the last time."""

    customer_id: str
    phone: Phone
    at: datetime
    snapshot: Snapshot

    def still(self, profile: Profile | None) -> bool:
        """Whether they are whom their phone leads to now, and not shut off."""
        _, known = identify(profile)
        return known is not None and known.customer_id == self.customer_id


@dataclass(frozen=True, slots=True)
class Session:
    """`events` are all that it was given. Those that are a customer's by now have no attributes here any more.

    `revision` counts what was changed since it was opened.
    """

    id: str
    branch: str
    opened_at: datetime
    basket_reference: str | None = field(repr=False)
    events: tuple[Gathered, ...] = ()
    revision: int = 0
    identified: Identified | None = None

    @property
    def expires_at(self) -> datetime:
        return self.opened_at + LASTS


@dataclass(frozen=True, slots=True)
class Identification:
    """What comes of it when a session is identified: the session as it is then, and what becomes the customer's."""

    session: Session
    identified: Identified
    events: tuple[Event, ...]
    is_first: bool


def known_session(session: Session | None) -> Session:
    """Raises `NotFound`."""
    if session is None:
        raise NotFound("id", UNKNOWN_SESSION)
    return session


def gather(told: Sequence[Told], now: datetime, new_id: Callable[[], str], held: int = 0) -> tuple[Gathered, ...]:
    """What a session that has so many events already is given. Raises `ValidationError` naming the event."""
    if held + len(told) > MAX_EVENTS:
        raise ValidationError("events", f"are more than {MAX_EVENTS} with those that the session has")
    gathered = []
    for number, each in enumerate(told):
        occurred_at = happened_at(each.occurred_at, now, f"events.{number}.occurred_at")
        gathered.append(Gathered(new_id(), each.type, occurred_at, each.attributes))
    return tuple(gathered)


def require_same(before: Profile | None, profile: Profile, named_by: str) -> None:
    """`before` is whom the earlier id leads to by now: of who has been absorbed by a merge, the survivor.

    Raises `ValidationError` for another customer than before. What they were named by is all that it says of either.
    """
    if before is None or before.customer_id != profile.customer_id:
        raise ValidationError(
            named_by, "is not of the customer whom this session was identified as; open another session"
        )


def identification(
    session: Session, profile: Profile, more: Sequence[Gathered], snapshot: Snapshot, now: datetime
) -> Identification:
    """The customer gets all that the session has gathered; identified again, `more` only."""
    before = session.identified
    new = more if before else (*session.events, *more)
    events = tuple(
        Event(
            each.id,
            each.type,
            profile.customer_id,
            session.branch,
            each.occurred_at,
            # In the order in which they were given, for those who are told of them.
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
