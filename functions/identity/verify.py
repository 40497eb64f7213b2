"""POST /verifications/{token}: whoever has the phone says so, once."""

import uuid
from datetime import datetime
from functools import partial

from customers.catalogue.identity import VERIFY
from customers.domain.account import next_stamp
from customers.domain.bus_events import customer_verified
from customers.domain.facts import LedgerEntry, Verified
from customers.domain.projection import fold
from customers.domain.refusals import Contended, Unknown
from customers.domain.verification import NO_SUCH_TOKEN, NOBODY, still_asked, token_hash
from customers.edge.pages import with_pages
from customers.edge.serve import Answer, Visit, serve_public
from customers.edge.writing import persistently
from customers.store.statements import Statements
from customers.store.verifications import Verifications
from customers.wire.verification import VERIFIED, read_token
from customers.wire.verification_pages import PAGE_HEADERS, verification_page


def verify(visit: Visit, verifications: Verifications, statements: Statements) -> Answer:
    hashed = token_hash(read_token(visit.request))
    return persistently(lambda: _verify(hashed, visit.now, verifications, statements))


def _verify(hashed: str, now: datetime, verifications: Verifications, statements: Statements) -> Answer:
    link = verifications.link(hashed, now) or NOBODY
    verification, profile = verifications.awaited(link)
    if not still_asked(link, verification, profile):
        raise Unknown("token", NO_SUCH_TOKEN)
    before = statements.account(link.enterprise, link.customer_id)
    if before is None or not still_asked(link, verification, before.profile):
        # Corrected, shut off or merged since it was read: look again.
        raise Contended
    said = LedgerEntry(next_stamp(before.marks.values(), now, link.verification_id), "customer.verified", Verified())
    statement = statements.writes(link.enterprise, before, fold(before, said.news, said.stamp), said)
    event = customer_verified(f"evt_{uuid.uuid4().hex}", link.enterprise, link.customer_id, said.stamp.occurred_at)
    verifications.use(hashed, link, now, statement, event)
    return Answer(VERIFIED)


verifying = partial(verify, verifications=Verifications.connect(), statements=Statements.connect())
handler = with_pages(serve_public(VERIFY, verifying), verification_page, PAGE_HEADERS)
