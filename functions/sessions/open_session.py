"""POST /checkout/sessions: an order begins, of somebody whom nobody knows yet."""

from functools import partial

from customers.catalogue.sessions import OPEN_SESSION
from customers.domain.sessions import Session, gather
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.edge.ids import event_id, session_id
from customers.store.idempotency import IdempotencyRecords
from customers.store.sessions.sessions import Sessions
from customers.wire.sessions.session import OpenSessionRequest, session_data


def open_session(call: WritingCall[OpenSessionRequest], sessions: Sessions) -> Answer:
    events = gather(call.request.events, call.now, event_id)
    session = Session(session_id(), call.counter, call.now, call.request.basket_reference, events)
    answer = Answer(session_data(session, None), status=201)
    sessions.open(call.enterprise, session, call.idempotency_key, call.record(answer))
    return answer


handler = serve_writing(
    OPEN_SESSION, partial(open_session, sessions=Sessions.connect()), IdempotencyRecords.connect().find
)
