"""GET /refused-facts: the enterprise's refused facts, newest first."""

from functools import partial

from customers.catalogue.facts import REFUSED_FACTS
from customers.edge.http.cursors import Cursors
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.refused_facts.pages import RefusedFactPages
from customers.wire.facts.refused_facts_page import RefusedFactsQuery, refused_facts_data


def refused_facts(call: Call[RefusedFactsQuery], pages: RefusedFactPages, cursors: Cursors) -> Answer:
    query, scope = call.request, (call.enterprise, REFUSED_FACTS.name, "")
    after = None if query.cursor is None else cursors.open(*scope, query.cursor)["after"]
    page, more = pages.page(call.enterprise, query.limit, after, call.now)
    next_cursor = None if more is None else cursors.seal(*scope, {"after": more})
    return Answer(refused_facts_data(page, next_cursor, call.now))


reading = partial(refused_facts, pages=RefusedFactPages.connect(), cursors=Cursors(DerivedKeys.of_cursors().key))
handler = serve(REFUSED_FACTS, reading, ActivityLog.connect().note)
