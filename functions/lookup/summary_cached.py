"""GET /customers/{phone}/summary-cached: a lookup of some seconds ago, or a 304."""

from functools import partial

from customers.catalogue.till.summary_cached import SUMMARY_CACHED
from customers.domain.customers.status import identify
from customers.edge.http.serve import Answer, Call, serve
from customers.store.customers.profiles import Profiles
from customers.store.customers.summaries import Summaries
from customers.wire.customers.lookup import lookup_data
from customers.wire.customers.summary import MAX_AGE, SummaryQuery, summary_headers


def summary_cached(call: Call[SummaryQuery], summaries: Summaries) -> Answer:
    seen = summaries.find(call.enterprise, call.request.phone, call.now)
    status, profile = identify(seen.profile)
    data = lookup_data(status, profile, frozenset(), call.settings, call.branch, seen.at)
    headers = summary_headers(data, call.now - seen.at)
    if call.request.holds(headers["ETag"]):
        return Answer(None, status=304, headers=headers)
    return Answer(data, completeness=profile.completeness if profile else None, headers=headers)


handler = serve(
    SUMMARY_CACHED, partial(summary_cached, summaries=Summaries(Profiles.connect().find_eventually_consistent, MAX_AGE))
)
