"""GET /customers/{id}/context: all that is known of a customer, and what has happened, page by page."""

import os
from functools import partial

from customers.catalogue.office import CONTEXT
from customers.domain.identity import known
from customers.edge.cursors import Cursors
from customers.edge.serve import Answer, Call, serve
from customers.store.dossiers import Dossiers
from customers.wire.context import MAX_GRANTS, ContextQuery, context_customer, context_data


def context(call: Call[ContextQuery], dossiers: Dossiers, cursors: Cursors) -> Answer:
    who, asked = (call.enterprise, call.request.customer_id), call.request
    page_of = (call.enterprise, CONTEXT.name, asked.customer_id)
    after = customer = profile = None
    if asked.cursor is not None:
        after = cursors.open(*page_of, asked.cursor)["after"]
    else:
        profile = known(dossiers.find(*who))
        customer = context_customer(profile, dossiers.open_grants(*who, MAX_GRANTS), call.settings, call.now)
    page = dossiers.history(*who, asked.limit, after)
    more = cursors.seal(*page_of, {"after": page.end}) if page.end else None
    return Answer(context_data(customer, page, more, call.now), profile.completeness if profile else None)


handler = serve(CONTEXT, partial(context, dossiers=Dossiers.connect(), cursors=Cursors(os.environ["CURSOR_SECRET"])))
