"""GET /customers/lookup: identify the customer at the counter."""

from functools import partial

from customers.catalogue.till.lookup import LOOKUP
from customers.domain.customers.status import identify
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.profiles import Profiles
from customers.wire.customers.lookup import LookupQuery, lookup_data


def lookup(call: Call[LookupQuery], profiles: Profiles) -> Answer:
    status, profile = identify(profiles.find(call.enterprise, call.request.address))
    data = lookup_data(status, profile, call.request.include, call.settings, call.branch, call.now)
    return Answer(data, completeness=profile.completeness if profile else None)


handler = serve(LOOKUP, partial(lookup, profiles=Profiles.connect()))
