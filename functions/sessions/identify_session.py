"""POST /checkout/sessions/{id}/identify: whose the session is, and what it has gathered."""

from functools import partial

from customers.catalogue.sessions import IDENTIFY_SESSION
from customers.domain.identity import identify
from customers.domain.session import Snapshot, gather, identification, known_session, require_same
from customers.edge.ids import event_id
from customers.edge.serve import Answer
from customers.edge.writing import WritingCall, serve_writing
from customers.store.dossiers import Dossiers
from customers.store.profiles import Profiles
from customers.store.receipts import Receipts
from customers.store.sessions import Sessions
from customers.wire.identify import customer_context
from customers.wire.identify_session import IdentifySessionRequest, session_context


def identify_session(
    call: WritingCall[IdentifySessionRequest], sessions: Sessions, profiles: Profiles, dossiers: Dossiers
) -> Answer:
    asked, now = call.request, call.now
    found, mark = sessions.find(call.enterprise, call.counter, asked.session_id, now)
    session = known_session(found)
    more = gather(asked.events, now, event_id, held=len(session.events))
    status, profile = identify(profiles.find(call.enterprise, asked.address))
    context = customer_context(status, profile, call.settings, call.branch, now)
    if profile is None:
        return Answer(session_context(session.id, context))
    snapshot = Snapshot(context, profile.completeness, mark)
    before = session.identified
    if before and before.customer_id != profile.customer_id:
        require_same(dossiers.find(call.enterprise, before.customer_id), profile, asked.named_by)
    done = identification(session, profile, more, snapshot, now)
    answer = Answer(session_context(session.id, context, done), profile.completeness)
    sessions.identify(call.enterprise, done, call.once, call.receipt(answer))
    return answer


identifying = partial(
    identify_session, sessions=Sessions.connect(), profiles=Profiles.connect(), dossiers=Dossiers.connect()
)
handler = serve_writing(IDENTIFY_SESSION, identifying, Receipts.connect().find)
