"""GET /changes: everything that is published, a page at a time."""

from functools import partial

from customers.catalogue.changes import CHANGES
from customers.edge.http.cursors import Cursors
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.events.feed_pages import FeedPages
from customers.wire.events.changes import ChangesQuery, changes_data


def changes(call: Call[ChangesQuery], pages: FeedPages, cursors: Cursors) -> Answer:
    query, scope = call.request, (call.enterprise, CHANGES.name, "")
    after = None if query.cursor is None else cursors.open(*scope, query.cursor)["after"]
    page = pages.page(call.enterprise, after, query.limit, call.now)
    return Answer(changes_data(page, cursors.seal(*scope, {"after": page.positions}), call.now))


reading = partial(changes, pages=FeedPages.connect(), cursors=Cursors(DerivedKeys.of_cursors().key))
handler = serve(CHANGES, reading, ActivityLog.connect().note)
