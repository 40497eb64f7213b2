"""What each operation answers about a made-up person: with the same functions as about a real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.customers.status import identify
from customers.domain.events.recorded import Event, happened_at
from customers.domain.identifiers.phone import Phone
from customers.domain.instants import show_instant
from customers.domain.sessions import SESSION_LIFETIME
from customers.edge.http.answer import Answer
from customers.edge.http.sandbox.numbers import NUMBERS, SESSION
from customers.edge.http.serve import Call
from customers.ids import new_event_id
from customers.wire.customers.badge_reason import badge_answer
from customers.wire.customers.lookup import lookup_data
from customers.wire.customers.preferences import preferences_data
from customers.wire.customers.summary import summary_headers
from customers.wire.events.record_event import event_data
from customers.wire.identity.identify import customer_context
from customers.wire.sessions.identify_session import session_context
from customers.wire.sessions.session import SessionData

Answering = Callable[[Call[Any], Profile | None], Answer]


def _lookup(call: Call[Any], person: Profile | None) -> Answer:
    status, profile = identify(person)
    return _of(profile, lookup_data(status, profile, call.request.include, call.settings, call.branch, call.now))


def _summary(call: Call[Any], person: Profile | None) -> Answer:
    status, profile = identify(person)
    data = lookup_data(status, profile, frozenset(), call.settings, call.branch, call.now)
    headers = summary_headers(data)
    if call.request.holds(headers["ETag"]):
        return Answer(None, status=304, headers=headers)
    return Answer(data, completeness=profile.completeness if profile else None, headers=headers)


def _preferences(call: Call[Any], person: Profile | None) -> Answer:
    status, profile = identify(person)
    return _of(profile, preferences_data(status, profile, call.now))


def _badge(call: Call[Any], person: Profile | None) -> Answer:
    status, profile = identify(person)
    return _of(profile, badge_answer(status, profile, call.settings, call.now))


def _identify(call: Call[Any], person: Profile | None) -> Answer:
    status, profile = identify(person)
    return _of(profile, customer_context(status, profile, call.settings, call.branch, call.now))


def _event(call: Call[Any], person: Profile | None) -> Answer:
    status, profile = identify(person)
    entry = call.request.entry
    at = happened_at(entry.occurred_at, call.now)
    if profile is None:
        return Answer(event_data(status, None))
    event = Event(new_event_id(), entry.type, profile.customer_id, call.branch, at, call.now, entry.attributes)
    return Answer(event_data(status, event), profile.completeness, status=201)


def _identify_session(call: Call[Any], person: Profile | None) -> Answer:
    status, profile = identify(person)
    context = customer_context(status, profile, call.settings, call.branch, call.now)
    data = session_context(call.request.session_id, context)
    return _of(profile, {**data, "identified_at": show_instant(call.now) if profile else None})


def read_session(call: Call[Any]) -> Answer:
    """The session that is identified, as of now."""
    first = NUMBERS[0]
    assert first.person  # noqa: S101 - the first of the numbers is a customer's
    status, profile = identify(first.person(Phone(first.phone), call.settings.currency, call.now))
    data: SessionData = {
        "session_id": SESSION,
        "status": "identified_in_session",
        "opened_at": show_instant(call.now),
        "expires_at": show_instant(call.now + SESSION_LIFETIME),
        "branch_id": call.counter,
        "basket_reference": None,
        "events": [],
        "identified_at": show_instant(call.now),
        "context": customer_context(status, profile, call.settings, call.branch, call.now),
    }
    return _of(profile, data)


def _of(profile: Profile | None, data: Any) -> Answer:
    return Answer(data, completeness=profile.completeness if profile else None)


ANSWERS: dict[str, Answering] = {
    "lookup": _lookup,
    "summary_cached": _summary,
    "preferences": _preferences,
    "badge_reason": _badge,
    "identify": _identify,
    "record_event": _event,
    "identify_session": _identify_session,
}
"""By the operation's name. The others know no reserved number."""
