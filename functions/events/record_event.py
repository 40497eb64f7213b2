"""POST /customers/{phone}/events: record a non-purchase event."""

from functools import partial

from customers.catalogue.events import RECORD_EVENT
from customers.domain.customers.status import identify
from customers.domain.events.recorded import Event, happened_at
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.ids import new_event_id
from customers.store.answers_about_active import AnswersAboutActive
from customers.store.customers.profiles import Profiles
from customers.store.events.recorded_events import RecordedEvents
from customers.wire.events.record_event import EventRequest, event_data


def record_event(call: WritingCall[EventRequest], profiles: Profiles, events: RecordedEvents) -> Answer:
    phone, entry = call.request.phone, call.request.entry
    occurred_at = happened_at(entry.occurred_at, call.now)
    status, profile = identify(profiles.find(call.enterprise, phone))
    if profile is None:
        return Answer(event_data(status, None))
    event = Event(new_event_id(), entry.type, profile.customer_id, call.branch, occurred_at, call.now, entry.attributes)
    answer = Answer(event_data(status, event), profile.completeness, status=201)
    events.record(call.enterprise, profile.phone, event, call.idempotency_key, call.record(answer))
    return answer


recording = partial(record_event, profiles=Profiles.connect(), events=RecordedEvents.connect())
handler = serve_writing(RECORD_EVENT, recording, AnswersAboutActive.connect().find)
