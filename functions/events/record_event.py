"""POST /customers/{phone}/events: what a customer did that is no purchase."""

from functools import partial

from customers.catalogue.events import RECORD_EVENT
from customers.domain.events import Event, happened_at
from customers.domain.identity import identify
from customers.edge.ids import event_id
from customers.edge.serve import Answer
from customers.edge.writing import WritingCall, serve_writing
from customers.store.events import Events
from customers.store.profiles import Profiles
from customers.store.receipts import Receipts
from customers.wire.events import EventRequest, event_data


def record_event(call: WritingCall[EventRequest], profiles: Profiles, events: Events) -> Answer:
    phone, told = call.request.phone, call.request.told
    occurred_at = happened_at(told.occurred_at, call.now)
    status, profile = identify(profiles.find(call.enterprise, phone))
    if profile is None:
        return Answer(event_data(status, None))
    event = Event(event_id(), told.type, profile.customer_id, call.branch, occurred_at, call.now, told.attributes)
    answer = Answer(event_data(status, event), profile.completeness, status=201)
    events.record(call.enterprise, profile.phone, event, call.once, call.receipt(answer))
    return answer


recording = partial(record_event, profiles=Profiles.connect(), events=Events.connect())
handler = serve_writing(RECORD_EVENT, recording, Receipts.connect().find)
