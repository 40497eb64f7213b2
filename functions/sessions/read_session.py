"""GET /checkout/sessions/{id}: the session and its customer."""

from functools import partial

from customers.catalogue.sessions import READ_SESSION
from customers.domain.customers.status import identify
from customers.domain.sessions import Session, known_session
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.profiles import Profiles
from customers.store.sessions.sessions import Sessions
from customers.wire.identity.identify import customer_context
from customers.wire.sessions.session import BySession, session_data


def read_session(
    call: Call[BySession], sessions: Sessions, profiles: Profiles, customers_by_id: CustomersById
) -> Answer:
    found, mark = sessions.find(call.enterprise, call.counter, call.request.session_id, call.now)
    session = known_session(found)
    who = session.identified
    if who is None or who.snapshot.mark == mark:
        return _snapshot(session)
    # A customer has departed since. It may be this one: disabled, erased, merged, or with another phone.
    at_phone = profiles.find(call.enterprise, who.phone)
    if who.still(at_phone):
        return _snapshot(session)
    same = at_phone if who.is_of(at_phone) else customers_by_id.find(call.enterprise, who.customer_id)
    status, profile = identify(same)
    context = customer_context(status, profile, call.settings, call.branch, call.now)
    return Answer(session_data(session, context), profile.completeness if profile else None)


def _snapshot(session: Session) -> Answer:
    """The answer of the latest identification; no customer while the session is anonymous."""
    if session.identified is None:
        return Answer(session_data(session, None))
    snapshot = session.identified.snapshot
    return Answer(session_data(session, snapshot.context), snapshot.completeness)


reading = partial(
    read_session, sessions=Sessions.connect(), profiles=Profiles.connect(), customers_by_id=CustomersById.connect()
)
handler = serve(READ_SESSION, reading)
