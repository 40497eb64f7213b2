"""POST /checkout/sessions/{id}/identify: whose the session is, and what it has gathered."""

from functools import partial

from customers.catalogue.sessions import IDENTIFY_SESSION
from customers.domain.customers.status import identify
from customers.domain.sessions import Snapshot, identification, known_session, require_same, session_events
from customers.edge.http.serve import Answer
from customers.edge.http.writing import WritingCall, serve_writing
from customers.ids import new_event_id
from customers.store.answers_about_active import AnswersAboutActive
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.profiles import Profiles
from customers.store.sessions.sessions import Sessions
from customers.wire.identity.identify import customer_context
from customers.wire.sessions.identify_session import IdentifySessionRequest, session_context


def identify_session(
    call: WritingCall[IdentifySessionRequest], sessions: Sessions, profiles: Profiles, customers_by_id: CustomersById
) -> Answer:
    asked, now = call.request, call.now
    found, mark = sessions.find(call.enterprise, call.counter, asked.session_id, now)
    session = known_session(found)
    more = session_events(asked.events, now, new_event_id, held=len(session.events))
    status, profile = identify(profiles.find(call.enterprise, asked.address))
    context = customer_context(status, profile, call.settings, call.branch, now)
    if profile is None:
        return Answer(session_context(session.id, context))
    snapshot = Snapshot(context, profile.completeness, mark)
    before = session.identified
    if before and before.customer_id != profile.customer_id:
        require_same(customers_by_id.find(call.enterprise, before.customer_id), profile, asked.named_by)
    done = identification(session, profile, more, snapshot, now)
    answer = Answer(session_context(session.id, context, done), profile.completeness)
    sessions.identify(call.enterprise, done, call.idempotency_key, call.record(answer))
    return answer


identifying = partial(
    identify_session, sessions=Sessions.connect(), profiles=Profiles.connect(), customers_by_id=CustomersById.connect()
)
handler = serve_writing(IDENTIFY_SESSION, identifying, AnswersAboutActive.connect().find)
