"""POST /checkout/sessions: open an anonymous session for an order."""

from functools import partial

from customers.catalogue.sessions import OPEN_SESSION
from customers.domain.sessions import Session, session_events
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.ids import new_event_id, new_session_id
from customers.store.idempotency import IdempotencyRecords
from customers.store.sessions.sessions import Sessions
from customers.wire.sessions.session import OpenSessionRequest, session_data


def open_session(call: WritingCall[OpenSessionRequest], sessions: Sessions) -> Answer:
    events = session_events(call.request.events, call.now, new_event_id)
    session = Session(
        new_session_id(),
        call.counter,
        call.now,
        call.request.basket_reference,
        events,
        opening_key=call.idempotency_key.key,
    )
    answer = Answer(session_data(session, None), status=201)
    sessions.open(call.enterprise, session, call.idempotency_key, call.record(answer))
    return answer


handler = serve_writing(
    OPEN_SESSION, partial(open_session, sessions=Sessions.connect()), IdempotencyRecords.connect().find
)
