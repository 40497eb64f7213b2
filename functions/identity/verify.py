"""POST /verifications/{token}: verify the phone that the token was sent to, once."""

from datetime import datetime
from functools import partial

from customers.catalogue.identity import VERIFY
from customers.current_request import answering
from customers.domain.events.published import customer_verified
from customers.domain.facts.account import Account, next_order
from customers.domain.facts.fact import LedgerEntry, Verified
from customers.domain.facts.projection import fold
from customers.domain.identity.verification import NO_SUCH_TOKEN, NOBODY, Link, still_asked, token_hash
from customers.domain.refusals import Conflict, NotFound
from customers.edge.http.pages import with_pages
from customers.edge.http.serve import Answer
from customers.edge.http.serve_public import Visit, serve_public
from customers.edge.http.writing import persistently
from customers.ids import new_event_id
from customers.store.facts.own_entries import OwnEntries
from customers.store.identity.verifications import Verifications
from customers.wire.identity.verification import VERIFIED, read_token
from customers.wire.identity.verification_pages import PAGE_HEADERS, verification_page


def verify(visit: Visit, verifications: Verifications, own_entries: OwnEntries) -> Answer:
    hashed = token_hash(read_token(visit.request))
    with answering(visit.request.id):
        return persistently(lambda: _verify(hashed, visit.now, verifications, own_entries))


def _verify(hashed: str, now: datetime, verifications: Verifications, own_entries: OwnEntries) -> Answer:
    link = verifications.link(hashed, now) or NOBODY
    verification, profile = verifications.awaited(link)
    if not still_asked(link, verification, profile):
        raise NotFound("token", NO_SUCH_TOKEN)
    before = own_entries.account(link.enterprise, link.customer_id)
    if before is None or not still_asked(link, verification, before.profile):
        # Corrected, disabled or merged since the read: try again.
        raise Conflict
    entry = _verified(before, link, now)
    writes = own_entries.writes(link.enterprise, before, fold(before, entry.payload, entry.order), entry)
    event = customer_verified(new_event_id(), link.enterprise, link.customer_id, entry.order.occurred_at)
    verifications.use(hashed, link, now, writes, event)
    return Answer(VERIFIED)


def _verified(before: Account, link: Link, now: datetime) -> LedgerEntry:
    order = next_order([before.field_versions], now, link.verification_id)
    return LedgerEntry(order, "customer.verified", Verified())


verifying = partial(verify, verifications=Verifications.connect(), own_entries=OwnEntries.connect())
handler = with_pages(serve_public(VERIFY, verifying), verification_page, PAGE_HEADERS)
