"""GET /checkout/sessions/{id}: the session and its customer."""

from functools import partial

from customers.catalogue.sessions import READ_SESSION
from customers.domain.sessions import known_session
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.profiles import Profiles
from customers.store.sessions.sessions import Sessions
from customers.wire.identity.identify import customer_context
from customers.wire.sessions.session import BySession, session_data


def read_session(call: Call[BySession], sessions: Sessions, profiles: Profiles) -> Answer:
    found, mark = sessions.find(call.enterprise, call.counter, call.request.session_id, call.now)
    session = known_session(found)
    who = session.identified
    if who is None:
        return Answer(session_data(session, None))
    # A customer has departed since. If it was this one, the answer is `not_found`.
    if who.snapshot.mark != mark and not who.still(profiles.find(call.enterprise, who.phone)):
        return Answer(session_data(session, customer_context("not_found", None, call.settings, call.branch, call.now)))
    return Answer(session_data(session, who.snapshot.context), who.snapshot.completeness)


handler = serve(READ_SESSION, partial(read_session, sessions=Sessions.connect(), profiles=Profiles.connect()))
