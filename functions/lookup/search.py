"""POST /customers/search: find customers by name or digits."""

from functools import partial

from customers.catalogue.admin import SEARCH
from customers.domain.search.criteria import page_of
from customers.edge.http.cursors import Cursors
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.search import SearchIndex
from customers.wire.search import SEARCH_DISABLED, SearchQuery, search_data


def search(call: Call[SearchQuery], index: SearchIndex, cursors: Cursors) -> Answer:
    query, scope = call.request, (call.enterprise, SEARCH.name, call.request.bound)
    if query.criteria.status == "disabled":
        call.require(SEARCH_DISABLED, "status")
    after = None if query.cursor is None else cursors.open(*scope, query.cursor)["after"]
    reading = index.read(call.enterprise, query.criteria.source, after, query.reads)
    page = page_of(query.criteria, reading, query.limit, call.settings.badge, call.now)
    next_cursor = None if page.after is None else cursors.seal(*scope, {"after": page.after})
    return Answer(search_data(page, next_cursor, call.now))


searching = partial(search, index=SearchIndex.connect(), cursors=Cursors(DerivedKeys.of_cursors().key))
handler = serve(SEARCH, searching, ActivityLog.connect().note)
