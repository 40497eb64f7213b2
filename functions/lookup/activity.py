"""GET /activity: the administrators' requests, newest first."""

from functools import partial

from customers.catalogue.data_subject_rights import ACTIVITY
from customers.edge.http.cursors import Cursors
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.aws.derived_keys import DerivedKeys
from customers.wire.activity_log import ActivityQuery, activity_data


def activity(call: Call[ActivityQuery], log: ActivityLog, cursors: Cursors) -> Answer:
    query, scope = call.request, (call.enterprise, ACTIVITY.name, call.request.bound)
    after = None if query.cursor is None else cursors.open(*scope, query.cursor)["after"]
    page = log.page(call.enterprise, query.by, query.limit, after, call.now)
    next_cursor = None if page.after is None else cursors.seal(*scope, {"after": page.after})
    return Answer(activity_data(page, next_cursor, call.now))


log = ActivityLog.connect()
handler = serve(ACTIVITY, partial(activity, log=log, cursors=Cursors(DerivedKeys.of_cursors().key)), log.note)
