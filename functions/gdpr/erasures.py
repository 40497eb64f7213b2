"""GET /erasures: the enterprise's erasures, newest first."""

from functools import partial

from customers.catalogue.data_subject_rights import ERASURES
from customers.edge.http.cursors import Cursors
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.erasure.register import ErasureRegister
from customers.wire.erasures import ErasuresQuery, erasures_data


def erasures(call: Call[ErasuresQuery], register: ErasureRegister, cursors: Cursors) -> Answer:
    query, scope = call.request, (call.enterprise, ERASURES.name, call.request.bound)
    after = None if query.cursor is None else cursors.open(*scope, query.cursor)["after"]
    page, more = register.page(call.enterprise, query.status, query.limit, after)
    next_cursor = None if more is None else cursors.seal(*scope, {"after": more})
    return Answer(erasures_data(page, next_cursor, call.now))


reading = partial(erasures, register=ErasureRegister.connect(), cursors=Cursors(DerivedKeys.of_cursors().key))
handler = serve(ERASURES, reading, ActivityLog.connect().note)
