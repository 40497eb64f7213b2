"""GET /customers/{phone}/summary-cached: a lookup with cache headers, or a 304."""

from functools import partial

from customers.catalogue.till.summary_cached import SUMMARY_CACHED
from customers.domain.customers.status import identify
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.profiles import Profiles
from customers.wire.customers.lookup import lookup_data
from customers.wire.customers.summary import SummaryQuery, summary_headers


def summary_cached(call: Call[SummaryQuery], profiles: Profiles) -> Answer:
    status, profile = identify(profiles.find(call.enterprise, call.request.phone))
    data = lookup_data(status, profile, frozenset(), call.settings, call.branch, call.now)
    headers = summary_headers(data)
    if call.request.holds(headers["ETag"]):
        return Answer(None, status=304, headers=headers)
    return Answer(data, completeness=profile.completeness if profile else None, headers=headers)


handler = serve(SUMMARY_CACHED, partial(summary_cached, profiles=Profiles.connect()))
