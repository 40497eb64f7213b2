"""GET /customers/{id}/context: everything about a customer, and the history page by page."""

from collections.abc import Sequence
from functools import partial
from operator import itemgetter

from customers.catalogue.admin import CONTEXT
from customers.domain.customers.profile import Profile
from customers.domain.customers.status import known
from customers.edge.http.cursors import Cursors
from customers.edge.http.serve import Answer, Call, serve
from customers.store.activity_log.log import ActivityLog
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.customers.customers_by_id import CustomersById
from customers.wire.customers.context import (
    MAX_ABSORBED,
    MAX_GRANTS,
    ContextCustomer,
    ContextQuery,
    context_customer,
    context_data,
)


def context(call: Call[ContextQuery], customers_by_id: CustomersById, cursors: Cursors) -> Answer:
    page_of = (call.enterprise, CONTEXT.name, call.request.customer_id)
    profile, customer_id, absorbed, after = _whose(call, page_of, customers_by_id, cursors)
    ids = customers_by_id.parts(call.enterprise, customer_id, absorbed)
    customer = _customer(call, profile, ids, customers_by_id) if profile else None
    page = customers_by_id.history(call.enterprise, ids, call.request.limit, after)
    end = {"after": page.end, "id": customer_id, "absorbed": absorbed}
    more = cursors.seal(*page_of, end) if page.end else None
    return Answer(context_data(customer, page, more, call.now), profile.completeness if profile else None)


def _whose(
    call: Call[ContextQuery], page_of: tuple[str, str, str], customers_by_id: CustomersById, cursors: Cursors
) -> tuple[Profile | None, str, int, str | None]:
    """The customer, on the first page; the id; how many they have absorbed; and the end of the page before."""
    if call.request.cursor is None:
        profile = known(customers_by_id.find(call.enterprise, call.request.customer_id))
        return profile, profile.customer_id, profile.absorbed, None
    after, customer_id, absorbed = itemgetter("after", "id", "absorbed")(cursors.open(*page_of, call.request.cursor))
    known(customers_by_id.is_there(call.enterprise, customer_id) or None)
    return None, customer_id, absorbed, after


def _customer(
    call: Call[ContextQuery], profile: Profile, ids: Sequence[str], customers_by_id: CustomersById
) -> ContextCustomer:
    """The first page's part: later pages hold history alone."""
    crossing = profile.loose_ends > 0
    grants = customers_by_id.open_grants(call.enterprise, ids, call.now, MAX_GRANTS, loose_ends=crossing)
    absorbed = customers_by_id.absorbed(call.enterprise, profile.customer_id, MAX_ABSORBED) if profile.absorbed else []
    return context_customer(profile, grants, absorbed, call.settings, call.now)


read_context = partial(context, customers_by_id=CustomersById.connect(), cursors=Cursors(DerivedKeys.of_cursors().key))
handler = serve(CONTEXT, read_context, ActivityLog.connect().note)
