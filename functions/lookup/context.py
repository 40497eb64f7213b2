"""GET /customers/{id}/context: all that is known of a customer, and what has happened, page by page."""

import os
from functools import partial
from operator import itemgetter

from customers.catalogue.admin import CONTEXT
from customers.domain.customers.status import known
from customers.edge.http.cursors import Cursors
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.customers.customers_by_id import CustomersById
from customers.wire.customers.context import MAX_ABSORBED, MAX_GRANTS, ContextQuery, context_customer, context_data


def context(call: Call[ContextQuery], customers_by_id: CustomersById, cursors: Cursors) -> Answer:
    asked, page_of = call.request, (call.enterprise, CONTEXT.name, call.request.customer_id)
    after = customer = profile = None
    if asked.cursor is not None:
        after, customer_id = itemgetter("after", "id")(cursors.open(*page_of, asked.cursor))
        known(customers_by_id.is_there(call.enterprise, customer_id) or None)
    else:
        profile = known(customers_by_id.find(call.enterprise, asked.customer_id))
        customer_id = profile.customer_id
        grants = customers_by_id.open_grants(call.enterprise, customer_id, MAX_GRANTS)
        absorbed = customers_by_id.absorbed(call.enterprise, customer_id, MAX_ABSORBED) if profile.absorbed else []
        customer = context_customer(profile, grants, absorbed, call.settings, call.now)
    page = customers_by_id.history(call.enterprise, customer_id, asked.limit, after)
    more = cursors.seal(*page_of, {"after": page.end, "id": customer_id}) if page.end else None
    return Answer(context_data(customer, page, more, call.now), profile.completeness if profile else None)


telling = partial(context, customers_by_id=CustomersById.connect(), cursors=Cursors(os.environ["CURSOR_SECRET"]))
handler = serve(CONTEXT, telling, ActivityLog.connect().note)
