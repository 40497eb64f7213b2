"""POST /checkout/sessions/{id}/identify: attach a customer to a session, with the session's events."""

from functools import partial

from customers.catalogue.sessions import IDENTIFY_SESSION
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import identify
from customers.domain.sessions import (
    Session,
    Snapshot,
    identification,
    known_session,
    require_same,
    session_events,
)
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
    found, mark = sessions.find(call.enterprise, call.counter, call.request.session_id, call.now)
    session = known_session(found)
    more = session_events(call.request.events, call.now, new_event_id, held=len(session.events))
    status, profile = identify(profiles.find(call.enterprise, call.request.address))
    context = customer_context(status, profile, call.settings, call.branch, call.now)
    if profile is None:
        return Answer(session_context(session.id, context))
    _require_same(call, session, profile, customers_by_id)
    done = identification(session, profile, more, Snapshot(context, profile.completeness, mark), call.now)
    answer = Answer(session_context(session.id, context, done), profile.completeness)
    sessions.identify(call.enterprise, done, call.idempotency_key, call.record(answer))
    return answer


def _require_same(
    call: WritingCall[IdentifySessionRequest], session: Session, profile: Profile, customers_by_id: CustomersById
) -> None:
    """A session that is identified stays the same customer's, also after a merge. Raises `ValidationError`."""
    before = session.identified
    if before and before.customer_id != profile.customer_id:
        require_same(customers_by_id.find(call.enterprise, before.customer_id), profile, call.request.named_by)


identifying = partial(
    identify_session, sessions=Sessions.connect(), profiles=Profiles.connect(), customers_by_id=CustomersById.connect()
)
handler = serve_writing(IDENTIFY_SESSION, identifying, AnswersAboutActive.connect().find)
