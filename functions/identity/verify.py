"""POST /verifications/{token}: whoever has the phone says so, once."""

from datetime import datetime
from functools import partial

from customers.catalogue.identity import VERIFY
from customers.domain.events.published import customer_verified
from customers.domain.facts.account import next_order
from customers.domain.facts.fact import LedgerEntry, Verified
from customers.domain.facts.projection import fold
from customers.domain.identity.verification import NO_SUCH_TOKEN, NOBODY, still_asked, token_hash
from customers.domain.refusals import Conflict, NotFound
from customers.edge.http.pages import with_pages
from customers.edge.http.serve import Answer, Visit, serve_public
from customers.edge.http.writing import persistently
from customers.ids import new_event_id
from customers.store.facts.own_entries import OwnEntries
from customers.store.identity.verifications import Verifications
from customers.wire.identity.verification import VERIFIED, read_token
from customers.wire.identity.verification_pages import PAGE_HEADERS, verification_page


def verify(visit: Visit, verifications: Verifications, own_entries: OwnEntries) -> Answer:
    hashed = token_hash(read_token(visit.request))
    return persistently(lambda: _verify(hashed, visit.now, verifications, own_entries))


def _verify(hashed: str, now: datetime, verifications: Verifications, own_entries: OwnEntries) -> Answer:
    link = verifications.link(hashed, now) or NOBODY
    verification, profile = verifications.awaited(link)
    if not still_asked(link, verification, profile):
        raise NotFound("token", NO_SUCH_TOKEN)
    before = own_entries.account(link.enterprise, link.customer_id)
    if before is None or not still_asked(link, verification, before.profile):
        # Corrected, shut off or merged since it was read: look again.
        raise Conflict
    said = LedgerEntry(next_order([before.field_versions], now, link.verification_id), "customer.verified", Verified())
    statement = own_entries.writes(link.enterprise, before, fold(before, said.payload, said.order), said)
    event = customer_verified(new_event_id(), link.enterprise, link.customer_id, said.order.occurred_at)
    verifications.use(hashed, link, now, statement, event)
    return Answer(VERIFIED)


verifying = partial(verify, verifications=Verifications.connect(), own_entries=OwnEntries.connect())
handler = with_pages(serve_public(VERIFY, verifying), verification_page, PAGE_HEADERS)
